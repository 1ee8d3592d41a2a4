package io.rockpool.control.binding;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Place;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class AskedTest {
  private static final Identity SELF = new Identity("U0BOT", "rockpool_bot", "T0001");
  private static final String CODE = "ABCDE-FGH12";

  record Row(Kind kind, String text, Asked expected) {
    @Override
    public String toString() {
      return "%s «%s»".formatted(kind, text);
    }
  }

  static final List<Row> rows =
      List.of(
          said("bind " + CODE, new Asked.Bind(CODE)),
          said("  Bind   " + CODE + "\n", new Asked.Bind(CODE)),
          said("/bind " + CODE, new Asked.Bind(CODE)),
          said("/bind@rockpool_bot " + CODE, new Asked.Bind(CODE)),
          said("/start " + CODE, new Asked.Bind(CODE)),
          said("@rockpool_bot bind " + CODE, new Asked.Bind(CODE)),
          said("<@U0BOT> bind " + CODE, new Asked.Bind(CODE)),
          said("/bind whatever", new Asked.Bind("whatever")),
          said("bind whatever", new Asked.Text("bind whatever")),
          said("start " + CODE, new Asked.Text("start " + CODE)),
          said("please bind " + CODE, new Asked.Text("please bind " + CODE)),
          said(
              "bind http://10.0.0.1:8789/webhook TOKEN",
              new Asked.Text("bind http://10.0.0.1:8789/webhook TOKEN")),
          said("bind " + CODE + "\nbind other", new Asked.Text("bind " + CODE + "\nbind other")),
          said("> bind " + CODE, new Asked.Text("> bind " + CODE)),
          said("unbind", new Asked.Unbind()),
          said("/UNBIND", new Asked.Unbind()),
          said("unbind me from this", new Asked.Text("unbind me from this")),
          said("/status", new Asked.Status()),
          said("status", new Asked.Text("status")),
          said("/status@rockpool_bot", new Asked.Status()),
          said("/status@other_bot", new Asked.Text("/status@other_bot")),
          said("/help", new Asked.Help()),
          said("/start", new Asked.Help()),
          said("/bind", new Asked.Help()),
          said("/new", new Asked.Text("/new")),
          said("", new Asked.Text("")),
          said("@rockpool_bot, what is up?", new Asked.Text("what is up?")),
          said("@rockpool_botany is fun", new Asked.Text("@rockpool_botany is fun")),
          said("<@U0BOT|rockpool> hello", new Asked.Text("hello")),
          said("<@U0OTHER> hello", new Asked.Text("<@U0OTHER> hello")),
          command("/rockpool bind " + CODE, new Asked.Bind(CODE)),
          command("/bind " + CODE, new Asked.Bind(CODE)),
          command("/rockpool unbind", new Asked.Unbind()),
          command("/rockpool status", new Asked.Status()),
          command("/status", new Asked.Status()),
          command("/rockpool", new Asked.Help()),
          command("/rockpool what is up?", new Asked.Text("what is up?")));

  private static Row said(String text, Asked expected) {
    return new Row(Kind.MESSAGE, text, expected);
  }

  private static Row command(String text, Asked expected) {
    return new Row(Kind.COMMAND, text, expected);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void reads(Row row) {
    var message =
        new Inbound("1", "", "lane", row.kind(), "7", new Place("7", ""), true, row.text());

    assertThat(Asked.of(message, SELF)).isEqualTo(row.expected());
  }
}
