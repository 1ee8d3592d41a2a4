package io.rockpool.bench;

/**
 * Updates of many bots' chats, by their numbers: 0 and on, one bot after the other.
 *
 * @param bots each has {@code chatsOfEach} chats
 */
record Updates(int count, int bots, int chatsOfEach) {
  private static final String ID = "{\"update_id\":";

  /** Every twentieth is. */
  private static final int SICK = 20;

  int bot(int update) {
    return update % bots;
  }

  /** 0 to {@link #chats}. */
  int chat(int update) {
    return bot(update) * chatsOfEach + update / bots % chatsOfEach;
  }

  int chats() {
    return bots * chatsOfEach;
  }

  /** Its bot's listener takes requests and never answers. */
  boolean isHung(int update) {
    return bot(update) % SICK == 1;
  }

  /** Its bot's listener closes connections. */
  boolean isDead(int update) {
    return bot(update) % SICK == 2;
  }

  /** As Telegram sends it; about 1 KB. */
  String body(int update) {
    int chat = 1_000 + chat(update);
    return """
    %s%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Bench","language_code":"en"},\
    "chat":{"id":%d,"first_name":"Bench","type":"private"},"date":1790000000,"text":"%s"}}\
    """
        .formatted(ID, update + 1, update + 1, chat, chat, "x".repeat(800));
  }

  /** Which one a body is. */
  static int number(String body) {
    return Integer.parseInt(body.substring(ID.length(), body.indexOf(','))) - 1;
  }
}
