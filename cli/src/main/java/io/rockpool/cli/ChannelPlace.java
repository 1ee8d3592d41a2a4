package io.rockpool.cli;

import io.rockpool.runtime.InstanceId;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which channels a verb is about: an instance's, or with an option those that many users share. */
final class ChannelPlace {
  private static final String SHARED = "/api/v1/channels";

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description =
          "the instance, " + InstancesCommand.ID + ", but not with --shared; then the rest",
      converter = Typed.Name.class)
  List<String> names = new ArrayList<>();

  @Option(
      names = "--shared",
      description = "a bot that many users share, in place of an instance's own. For operators")
  boolean shared;

  /**
   * What was named.
   *
   * @param all the path of the list of channels
   * @param rest what was named behind the instance
   */
  record Named(String all, List<String> rest) {
    /** The path of a channel, or of what is below it. */
    String path() {
      var path = new StringBuilder(all);
      rest.forEach(it -> path.append('/').append(Api.segment(it)));
      return path.toString();
    }
  }

  /**
   * Reads it.
   *
   * @param wanted what must be named behind the instance, for the message
   */
  Named named(ConnectionOptions connection, String... wanted) {
    var rest = new ArrayList<>(names);
    var all = SHARED;
    if (!shared) {
      if (rest.isEmpty()) {
        throw connection.wrongUsage("Name an instance, or say --shared.");
      }
      try {
        all = InstancesCommand.path(new InstanceId(rest.removeFirst())) + "/channels";
      } catch (IllegalArgumentException e) {
        throw connection.wrongUsage(String.valueOf(e.getMessage()));
      }
    }
    if (rest.size() != wanted.length) {
      throw connection.wrongUsage(
          "Name %s.".formatted(String.join(", then ", words(shared, wanted))));
    }
    return new Named(all, List.copyOf(rest));
  }

  private static List<String> words(boolean shared, String... wanted) {
    var words = new ArrayList<String>();
    if (!shared) {
      words.add("the instance");
    } else if (wanted.length == 0) {
      words.add("nothing with --shared");
    }
    words.addAll(List.of(wanted));
    return words;
  }

  /** As it is typed. */
  String typed() {
    return shared ? "--shared" : names.getFirst();
  }
}
