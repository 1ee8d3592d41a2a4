package io.rockpool.statement;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;

/** Pages of A4 that fill from top to bottom with lines and tables. */
final class Paper implements AutoCloseable {
  private static final float MARGIN = 48;
  private static final float LEADING = 1.45f;
  private static final float BOTTOM = 60;
  private static final String CUT = "...";

  /**
   * A column.
   *
   * @param share of the page's width, of the sum of all
   * @param isNumber whether it ends at the right
   */
  record Column(String heading, float share, boolean isNumber) {}

  private final PDDocument document;
  private final Fonts fonts;
  private PDPageContentStream page;
  private float y;

  Paper(PDDocument document, Fonts fonts) {
    this.document = document;
    this.fonts = fonts;
    this.page = next();
  }

  private PDPageContentStream next() {
    var sheet = new PDPage(PDRectangle.A4);
    document.addPage(sheet);
    y = PDRectangle.A4.getHeight() - MARGIN;
    try {
      return new PDPageContentStream(document, sheet);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float width() {
    return PDRectangle.A4.getWidth() - 2 * MARGIN;
  }

  /** One line of text; cut where it is too long. */
  void line(String text, float size) {
    room(size);
    show(fitting(text, size, width()), MARGIN, size);
  }

  void gap(float height) {
    y -= height;
  }

  /** A heading row, and the rows; the heading again on every further page. */
  void table(List<Column> columns, List<List<String>> rows, float size) {
    heading(columns, size);
    for (var row : rows) {
      if (isFull(size)) {
        turn();
        heading(columns, size);
      }
      row(columns, row, size);
    }
  }

  private void heading(List<Column> columns, float size) {
    room(3 * size); // not alone at the end of a page
    row(columns, columns.stream().map(Column::heading).toList(), size);
    try {
      page.setLineWidth(0.5f);
      page.moveTo(MARGIN, y - size * 0.35f);
      page.lineTo(MARGIN + width(), y - size * 0.35f);
      page.stroke();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    y -= size * 0.3f;
  }

  private void row(List<Column> columns, List<String> cells, float size) {
    y -= size * LEADING;
    var shares = (float) columns.stream().mapToDouble(Column::share).sum();
    var x = MARGIN;
    for (int i = 0; i < columns.size(); i++) {
      var space = width() * columns.get(i).share() / shares;
      var text = fitting(cells.get(i), size, space - 4);
      var start = columns.get(i).isNumber() ? x + space - 4 - width(text, size) : x;
      write(text, start, size);
      x += space;
    }
  }

  private void show(String text, float x, float size) {
    y -= size * LEADING;
    write(text, x, size);
  }

  private void write(String text, float x, float size) {
    if (text.isEmpty()) {
      return;
    }
    try {
      page.beginText();
      page.newLineAtOffset(x, y);
      for (var run : fonts.runs(text)) {
        page.setFont(run.font(), size);
        page.showText(run.text());
      }
      page.endText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private float width(String text, float size) {
    try {
      return fonts.width(text) * size / 1_000;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String fitting(String text, float size, float space) {
    if (width(text, size) <= space) {
      return text;
    }
    var characters = text.codePoints().limit(500).toArray();
    int length = characters.length;
    while (length > 0 && width(new String(characters, 0, length) + CUT, size) > space) {
      length--;
    }
    return new String(characters, 0, length) + CUT;
  }

  private void room(float size) {
    if (isFull(size)) {
      turn();
    }
  }

  private boolean isFull(float size) {
    return y - size * LEADING < BOTTOM;
  }

  private void turn() {
    close();
    page = next();
  }

  /** Ends the page under way. */
  @Override
  public void close() {
    try {
      page.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
