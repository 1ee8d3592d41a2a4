package io.rockpool.edge.model;

import java.util.concurrent.ConcurrentHashMap;

/**
 * How many tokens a call will use, by what its model used lately. Every model counts in its own
 * way, so nothing is known of one that has not been called since this server started.
 *
 * <p>What is set aside is estimated pessimistically, since it holds a budget; what is booked is
 * not.
 */
final class Estimates {
  /** So many models are remembered: their names come from clients. */
  private static final int MOST_MODELS = 1_000;

  private static final int REMEMBERED = 64;

  /** Below it a call tells more about what surrounds the text than about the text. */
  private static final long TELLING = 4_096;

  /** Of a model that nobody knows: two bytes for a token are few in any language. */
  private static final double TOKENS_PER_BYTE = 0.5;

  /** Of an answer. */
  private static final long TELLING_ANSWER = 64;

  /** The same, as it mostly is: English has four letters for a token, Chinese one or two signs. */
  private static final double LIKELY_PER_BYTE = 0.25;

  private static final long AROUND = 64;
  private static final double MARGIN = 1.1;

  /**
   * Most providers count 250 to 5,000 tokens for a picture; some models count ten times that, which
   * is known after the first.
   */
  private static final long PER_MEDIUM = 5_000;

  private static final long LIKELY_PER_MEDIUM = 2_500;
  private static final long BYTES_PER_MEDIA_TOKEN = 32;
  private static final long LEAST_WRITTEN = 256;

  /** The last few. */
  private static final class Last {
    private final double[] last = new double[REMEMBERED];
    private int count;

    void add(double value) {
      last[count++ % REMEMBERED] = value;
    }

    double meanOr(double other) {
      if (count == 0) {
        return other;
      }
      double sum = 0;
      for (int i = 0; i < Math.min(count, REMEMBERED); i++) {
        sum += last[i];
      }
      return sum / Math.min(count, REMEMBERED);
    }

    boolean isEmpty() {
      return count == 0;
    }

    double largestOr(double other) {
      if (count == 0) {
        return other;
      }
      double largest = 0;
      for (int i = 0; i < Math.min(count, REMEMBERED); i++) {
        largest = Math.max(largest, last[i]);
      }
      return largest;
    }
  }

  private static final class Model {
    final Last tokensPerByte = new Last();
    final Last around = new Last();
    final Last perMedium = new Last();
    final Last written = new Last();
    final Last writtenPerByte = new Last();
  }

  private final ConcurrentHashMap<String, Model> models = new ConcurrentHashMap<>();

  /** Whether calls of this model have told how it counts what is in this one. */
  boolean knows(ModelRequest request) {
    var model = models.get(request.model());
    if (model == null) {
      return false;
    }
    synchronized (model) {
      return request.media() == 0 || !model.perMedium.isEmpty();
    }
  }

  /** Tokens that the request will be read as: rather too many. */
  long read(ModelRequest request) {
    return Math.round(MARGIN * text(request.model(), request.textBytes()))
        + request.tokenIds()
        + Math.round(perMedium(request.model()) * request.media())
        + request.mediaBytes() / BYTES_PER_MEDIA_TOKEN;
  }

  /** Tokens that the request was read as, for the books, where its provider did not say. */
  long likelyRead(ModelRequest request) {
    return Math.round(likelyText(request.model(), request.textBytes()))
        + request.tokenIds()
        + Math.round(likelyPerMedium(request.model()) * request.media())
        + request.mediaBytes() / BYTES_PER_MEDIA_TOKEN;
  }

  private double perMedium(String name) {
    var model = models.get(name);
    if (model == null) {
      return PER_MEDIUM;
    }
    synchronized (model) {
      return Math.max(PER_MEDIUM, MARGIN * model.perMedium.largestOr(PER_MEDIUM));
    }
  }

  private double likelyPerMedium(String name) {
    var model = models.get(name);
    if (model == null) {
      return LIKELY_PER_MEDIUM;
    }
    synchronized (model) {
      return model.perMedium.meanOr(LIKELY_PER_MEDIUM);
    }
  }

  private double likelyText(String name, long bytes) {
    var model = models.get(name);
    if (model == null) {
      return LIKELY_PER_BYTE * bytes;
    }
    synchronized (model) {
      return model.around.meanOr(0) + model.tokensPerByte.meanOr(LIKELY_PER_BYTE) * bytes;
    }
  }

  private double text(String name, long bytes) {
    var model = models.get(name);
    if (model == null) {
      return AROUND + TOKENS_PER_BYTE * bytes;
    }
    synchronized (model) {
      return model.around.largestOr(AROUND)
          + model.tokensPerByte.largestOr(TOKENS_PER_BYTE) * bytes;
    }
  }

  /** As many as any answer of this model had lately. */
  long written(String name) {
    var model = models.get(name);
    if (model == null) {
      return LEAST_WRITTEN;
    }
    synchronized (model) {
      return Math.round(model.written.largestOr(LEAST_WRITTEN));
    }
  }

  /**
   * Tokens that the text of an answer had which was not heard to its end: by what this model's
   * answers had lately, or by a tokenizer where there was none.
   */
  long writtenAs(String name, Answered answered) {
    var model = models.get(name);
    if (model != null) {
      synchronized (model) {
        if (!model.writtenPerByte.isEmpty()) {
          return Math.round(model.writtenPerByte.meanOr(0) * answered.textBytes());
        }
      }
    }
    return Tokenizer.tokens(answered.textBegun(), answered.textBytes());
  }

  /** Learns from a call that has ended. */
  void learn(ModelRequest request, long read, long written, long writtenBytes) {
    if (models.size() >= MOST_MODELS && !models.containsKey(request.model())) {
      return;
    }
    var model = models.computeIfAbsent(request.model(), _ -> new Model());
    synchronized (model) {
      model.written.add((double) written / request.choices());
      if (writtenBytes >= TELLING_ANSWER) {
        model.writtenPerByte.add((double) written / writtenBytes);
      }
      if (request.media() > 0) {
        var others =
            model.around.meanOr(0)
                + model.tokensPerByte.meanOr(LIKELY_PER_BYTE) * request.textBytes()
                + request.tokenIds()
                + request.mediaBytes() / (double) BYTES_PER_MEDIA_TOKEN;
        model.perMedium.add(Math.max(0, read - others) / request.media());
      }
      if (request.media() > 0 || request.mediaBytes() > 0 || request.tokenIds() > 0) {
        return;
      }
      if (request.textBytes() >= TELLING) {
        model.tokensPerByte.add((double) read / request.textBytes());
      }
      var inText = model.tokensPerByte.largestOr(TOKENS_PER_BYTE) * request.textBytes();
      model.around.add(Math.max(AROUND, read - inText));
    }
  }
}
