package io.rockpool.channel.tck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever adds a channel begins with the blocks of docs/guides/add-a-channel.md. */
class AddAChannelGuideTest {
  private static final Path GUIDE = Path.of("../../docs/guides/add-a-channel.md");
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern NAME = Pattern.compile("class (\\w+)");

  /** What every editor adds by itself. */
  private static final String IMPORTS =
      """
      package io.rockpool.channel.example;
      import io.rockpool.channel.*;
      import io.rockpool.channel.tck.*;
      import java.net.URI;
      import java.time.*;
      import java.util.*;
      """;

  /** A block as a file; {@code …} stands for what the reader writes. */
  private static final class Block extends SimpleJavaFileObject {
    private final String text;

    Block(String name, String text) {
      super(URI.create("guide:///io/rockpool/channel/example/" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  @Test
  void its_java_compiles(@TempDir Path classes) throws IOException {
    var blocks = BLOCK.matcher(Files.readString(GUIDE)).results().map(it -> it.group(1)).toList();
    var sources = blocks.stream().map(AddAChannelGuideTest::source).toList();
    var words = new StringWriter();

    var compiled =
        requireNonNull(ToolProvider.getSystemJavaCompiler())
            .getTask(
                words,
                null,
                null,
                List.of("-d", classes.toString(), "-proc:none", "-Xlint:all,-classfile", "-Werror"),
                null,
                sources)
            .call();

    assertThat(compiled).as("%s", words).isTrue();
    assertThat(sources).hasSize(4);
  }

  @Test
  void its_line_names_its_channel() throws IOException {
    var guide = Files.readString(GUIDE);

    assertThat(guide)
        .contains("META-INF/services/io.rockpool.channel.Channel\n")
        .contains("io.rockpool.channel.example.ExampleChannel\n")
        .contains("class ExampleChannel implements Channel");
  }

  private static JavaFileObject source(String block) {
    var name = NAME.matcher(block);
    assertThat(name.find()).as(block).isTrue();
    return new Block(
        name.group(1), IMPORTS + block.replace("…", "throw new UnsupportedOperationException();"));
  }
}
