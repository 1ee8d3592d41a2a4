package io.rockpool.server.config;

import static java.util.stream.Collectors.joining;

import io.rockpool.server.http.CommittedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SettingsPageTest {
  private static final String PAGE = "docs/reference/settings.md";
  private static final String RENEW =
      "mvn -pl server -am test -Dtest=SettingsPageTest -Drenew.docs=true"
          + " -Dsurefire.failIfNoSpecifiedTests=false";

  @Test
  void the_page_is_the_table() throws IOException {
    if (Boolean.getBoolean("renew.docs")) {
      Files.writeString(Path.of("..").resolve(PAGE), page());
    }

    CommittedFile.assertCurrent(PAGE, page(), RENEW);
  }

  private static String page() {
    return """
    # Settings

    A setting comes from the first of these that names it: an option of `./rockpool up` (`--port`, `--home`), the environment,
    `config.yaml` in the home folder (`~/.rockpool`, or `ROCKPOOL_HOME`), the default. In the file, a dot is a level:

    ```yaml
    port: 8080
    model:
      base-url: https://models.example/v1
    ```

    A key that is not listed here stops the start, and the message names the nearest one that is. Settings are read once, at the
    start.

    This page is made from the table that is read. After a change there: `%s`

    | Setting | Variable | Default | What it does |
    |---|---|---|---|
    %s
    """
        .formatted(
            RENEW, Stream.of(Setting.values()).map(SettingsPageTest::row).collect(joining("\n")));
  }

  private static String row(Setting setting) {
    return "| `%s` | %s | %s | %s |"
        .formatted(
            setting.key(),
            setting.environment().map("`%s`"::formatted).orElse("file only"),
            setting.fallback().isEmpty() ? "" : "`" + setting.fallback() + "`",
            setting.help());
  }
}
