package io.rockpool.control.binding;

/** What Rockpool itself says to users of a shared bot, in two languages. */
enum Language {
  ENGLISH {
    @Override
    String waking() {
      return "One moment, I am waking up…";
    }

    @Override
    String bound(String instance) {
      return "You are connected to “%s” now. Just write.".formatted(instance);
    }

    @Override
    String wrongCode() {
      return "This code is wrong, used or too old. Get a new one in Rockpool, and send: bind CODE";
    }

    @Override
    String tooManyGuesses() {
      return "Too many wrong codes. Try again in ten minutes.";
    }

    @Override
    String crowded() {
      return "Too many people are connected to this assistant already.";
    }

    @Override
    String unbound(String instance) {
      return "You are not connected to “%s” any more.".formatted(instance);
    }

    @Override
    String notBound() {
      return "You are not connected to any assistant here.";
    }

    @Override
    String stranger() {
      return """
      Hello! I pass what you write on to your own assistant, and its answers to you.
      To connect it, get a code in Rockpool (rockpool channels bind-code), and send: bind CODE\
      """;
    }

    @Override
    String help(String instance) {
      return """
      You are connected to “%s”. Just write.
      /status tells how it is. unbind ends the connection.\
      """
          .formatted(instance);
    }

    @Override
    String status(String instance, Health health) {
      return "You are connected to “%s”. ".formatted(instance)
          + switch (health) {
            case AWAKE -> "It is awake.";
            case ASLEEP -> "It sleeps, and wakes with your next message.";
            case STARTING -> "It is starting.";
            case STOPPED -> "Its owner stopped it.";
            case UNPAID -> "It rests, as its plan is not paid or has ended.";
            case FAILED -> "It cannot be started. Its owner sees why in Rockpool.";
          };
    }

    @Override
    String onlyText() {
      return "I can read text only.";
    }

    @Override
    String down(Health health) {
      return switch (health) {
        case STOPPED -> "Your assistant was stopped by its owner. Write again once it is started.";
        case UNPAID -> "Your assistant rests, as its plan is not paid or has ended.";
        case AWAKE, ASLEEP, STARTING, FAILED ->
            "Your assistant cannot be started now. Its owner sees why in Rockpool.";
      };
    }

    @Override
    String refused() {
      return "Your assistant could not take this message.";
    }

    @Override
    String givenUp() {
      return "I got no answer. Please write again later.";
    }

    @Override
    String nothing() {
      return "(no answer)";
    }

    @Override
    String notAllowed() {
      return "The owner of this assistant has not let you in.";
    }
  },

  CHINESE {
    @Override
    String waking() {
      return "请稍等，我正在醒来……";
    }

    @Override
    String bound(String instance) {
      return "已连接到“%s”，直接发消息即可。".formatted(instance);
    }

    @Override
    String wrongCode() {
      return "绑定码错误、已使用或已过期。请在 Rockpool 获取新的绑定码，然后发送：bind 绑定码";
    }

    @Override
    String tooManyGuesses() {
      return "绑定码错误次数过多，请十分钟后再试。";
    }

    @Override
    String crowded() {
      return "连接到这个助手的人已经太多。";
    }

    @Override
    String unbound(String instance) {
      return "已解除与“%s”的连接。".formatted(instance);
    }

    @Override
    String notBound() {
      return "您在这里还没有连接任何助手。";
    }

    @Override
    String stranger() {
      return """
      您好！我会把您的消息转给您自己的助手，并把它的回答发给您。
      请先在 Rockpool 获取绑定码（rockpool channels bind-code），然后发送：bind 绑定码\
      """;
    }

    @Override
    String help(String instance) {
      return """
      您已连接到“%s”，直接发消息即可。
      /status 查看状态，unbind 解除连接。\
      """
          .formatted(instance);
    }

    @Override
    String status(String instance, Health health) {
      return "您已连接到“%s”。".formatted(instance)
          + switch (health) {
            case AWAKE -> "它醒着。";
            case ASLEEP -> "它在休眠，您的下一条消息会唤醒它。";
            case STARTING -> "它正在启动。";
            case STOPPED -> "它已被主人停止。";
            case UNPAID -> "它的套餐未付费或已到期，暂停服务。";
            case FAILED -> "它无法启动，原因请见 Rockpool。";
          };
    }

    @Override
    String onlyText() {
      return "我目前只能读文字。";
    }

    @Override
    String down(Health health) {
      return switch (health) {
        case STOPPED -> "您的助手已被主人停止，启动后请重新发送。";
        case UNPAID -> "您的助手的套餐未付费或已到期，暂停服务。";
        case AWAKE, ASLEEP, STARTING, FAILED -> "您的助手现在无法启动，原因请见 Rockpool。";
      };
    }

    @Override
    String refused() {
      return "您的助手无法处理这条消息。";
    }

    @Override
    String givenUp() {
      return "没有得到回答，请稍后再发一次。";
    }

    @Override
    String nothing() {
      return "（没有回答）";
    }

    @Override
    String notAllowed() {
      return "这个助手的主人还没有允许您使用。";
    }
  };

  /** That in which somebody writes, as far as his letters tell. */
  static Language of(String text) {
    boolean isChinese =
        text.codePoints()
            .limit(1_000)
            .anyMatch(it -> Character.UnicodeScript.of(it) == Character.UnicodeScript.HAN);
    return isChinese ? CHINESE : ENGLISH;
  }

  abstract String waking();

  abstract String bound(String instance);

  abstract String wrongCode();

  abstract String tooManyGuesses();

  abstract String crowded();

  abstract String unbound(String instance);

  abstract String notBound();

  abstract String stranger();

  abstract String help(String instance);

  abstract String status(String instance, Health health);

  abstract String onlyText();

  abstract String down(Health health);

  abstract String refused();

  abstract String givenUp();

  abstract String nothing();

  abstract String notAllowed();
}
