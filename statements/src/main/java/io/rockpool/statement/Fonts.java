package io.rockpool.statement;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeCollection;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.io.RandomAccessReadBufferedFile;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fonts of one document, embedded as far as they are used: the library's own for Latin, Greek
 * and Cyrillic, and one of the host's for Chinese if there is one. PDFBox is never asked to search
 * the host: that takes seconds, and leaves a file in the user's home.
 */
final class Fonts {
  private static final Logger log = LoggerFactory.getLogger(Fonts.class);
  private static final String LATIN = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";
  private static final int UNKNOWN = '?';

  /** Where Debian's fonts-droid-fallback, fonts-wqy-* and fonts-arphic-* have theirs. */
  static final List<Path> CHINESE =
      List.of(
          Path.of("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
          Path.of("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
          Path.of("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
          Path.of("/usr/share/fonts/truetype/arphic/uming.ttc"),
          Path.of("/usr/share/fonts/truetype/arphic/ukai.ttc"));

  /** Text in one font. */
  record Run(PDType0Font font, String text) {}

  private record Embedded(TrueTypeFont glyphs, PDType0Font font) {
    boolean has(int character) {
      try {
        return glyphs.getUnicodeCmapLookup().getGlyphId(character) != 0;
      } catch (IOException e) {
        return false;
      }
    }
  }

  private final List<Embedded> all;

  private Fonts(List<Embedded> all) {
    this.all = List.copyOf(all);
  }

  /**
   * @param chinese where one may be; the first that is there, and can be embedded, is taken
   */
  static Fonts of(PDDocument document, List<Path> chinese) throws IOException {
    var fonts = new ArrayList<Embedded>();
    fonts.add(embedded(document, latin()));
    for (var file : chinese) {
      if (fonts.size() == 1 && Files.isReadable(file)) {
        try {
          host(file).ifPresent(it -> fonts.add(embeddedUnchecked(document, it)));
        } catch (IOException | RuntimeException e) {
          log.atWarn().addKeyValue("font", file).setCause(e).log("A font cannot be embedded");
        }
      }
    }
    return new Fonts(fonts);
  }

  private static TrueTypeFont latin() throws IOException {
    try (InputStream resource = PDDocument.class.getResourceAsStream(LATIN)) {
      if (resource == null) {
        throw new IllegalStateException("PDFBox has no %s any more".formatted(LATIN));
      }
      return new TTFParser().parse(new RandomAccessReadBuffer(resource.readAllBytes()));
    }
  }

  private static Optional<TrueTypeFont> host(Path file) throws IOException {
    if (!file.toString().endsWith(".ttc")) {
      return Optional.of(new TTFParser().parse(new RandomAccessReadBufferedFile(file.toFile())));
    }
    var names = new ArrayList<String>();
    var collection = new TrueTypeCollection(file.toFile());
    collection.processAllFonts(it -> names.add(it.getName()));
    return names.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(collection.getFontByName(names.getFirst()));
  }

  private static Embedded embedded(PDDocument document, TrueTypeFont font) throws IOException {
    return new Embedded(font, PDType0Font.load(document, font, true));
  }

  private static Embedded embeddedUnchecked(PDDocument document, TrueTypeFont font) {
    try {
      return embedded(document, font);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The text, by what its characters need. One that no font has is shown as a question mark. */
  List<Run> runs(String text) {
    var runs = new ArrayList<Run>();
    var current = new StringBuilder();
    int font = 0;
    for (var character : text.codePoints().toArray()) {
      int next = fontOf(character);
      int wanted = Math.max(0, next);
      if (wanted != font && !current.isEmpty()) {
        runs.add(new Run(all.get(font).font(), current.toString()));
        current.setLength(0);
      }
      font = wanted;
      current.appendCodePoint(next < 0 ? UNKNOWN : character);
    }
    if (!current.isEmpty()) {
      runs.add(new Run(all.get(font).font(), current.toString()));
    }
    return runs;
  }

  /** Which one has it; -1 for none. */
  private int fontOf(int character) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).has(character)) {
        return i;
      }
    }
    return -1;
  }

  /** In thousandths of the font's size. */
  float width(String text) throws IOException {
    float sum = 0;
    for (var run : runs(text)) {
      sum += run.font().getStringWidth(run.text());
    }
    return sum;
  }
}
