package io.rockpool.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;

/**
 * A QR code (ISO/IEC 18004) that came as an image, drawn upright and without distortion, as text
 * for a terminal.
 */
final class QrCode {
  private static final String START = "data:image/png;base64,";

  /** Modules of the dark bar with which each code begins, in its corner. */
  private static final int BAR = 7;

  /** Of the smallest and the largest version. */
  private static final int LEAST = 21;

  private static final int MOST = 177;
  private static final int MOST_PIXELS = 4_000;

  /** Light modules around it, which cameras need; terminals are dark. */
  private static final int MARGIN = 2;

  private final boolean[][] dark;

  private QrCode(boolean[][] dark) {
    this.dark = dark;
  }

  /**
   * Reads it.
   *
   * @param image {@code data:image/png;base64,…}
   * @return empty where it is none
   */
  static Optional<QrCode> read(String image) {
    if (!image.startsWith(START)) {
      return Optional.empty();
    }
    try {
      ImageIO.setUseCache(false); // no file for a few kilobytes
      var bytes = Base64.getDecoder().decode(image.substring(START.length()));
      var pixels = ImageIO.read(new ByteArrayInputStream(bytes));
      return pixels == null ? Optional.empty() : of(pixels);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<QrCode> of(BufferedImage pixels) {
    if (pixels.getWidth() > MOST_PIXELS || pixels.getHeight() > MOST_PIXELS) {
      return Optional.empty();
    }
    int left = 0;
    int top = 0;
    while (top < pixels.getHeight() && !isDark(pixels, left, top)) {
      left++;
      if (left == pixels.getWidth()) {
        left = 0;
        top++;
      }
    }
    int bar = 0;
    while (left + bar < pixels.getWidth()
        && top < pixels.getHeight()
        && isDark(pixels, left + bar, top)) {
      bar++;
    }
    int right = pixels.getWidth() - 1;
    while (right > left && !isDark(pixels, right, top)) {
      right--; // the first row ends with a bar, too
    }
    int modules = bar == 0 ? 0 : Math.round((right - left + 1) * (float) BAR / bar);
    if (modules < LEAST || modules > MOST || modules % 4 != 1) {
      return Optional.empty();
    }
    var size = (right - left + 1) / (float) modules;
    var dark = new boolean[modules][modules];
    for (int row = 0; row < modules; row++) {
      for (int column = 0; column < modules; column++) {
        int x = left + (int) ((column + 0.5f) * size);
        int y = top + (int) ((row + 0.5f) * size);
        if (y >= pixels.getHeight()) {
          return Optional.empty();
        }
        dark[row][column] = isDark(pixels, x, y);
      }
    }
    return Optional.of(new QrCode(dark));
  }

  private static boolean isDark(BufferedImage pixels, int x, int y) {
    int argb = pixels.getRGB(x, y);
    int light = (argb >> 16 & 0xff) + (argb >> 8 & 0xff) + (argb & 0xff);
    return argb >>> 24 > 127 && light < 3 * 128;
  }

  /** Two rows of modules to a line: what is light is drawn, as terminals are dark. */
  String text() {
    var text = new StringBuilder();
    for (int row = -MARGIN; row < dark.length + MARGIN; row += 2) {
      for (int column = -MARGIN; column < dark.length + MARGIN; column++) {
        var upper = isLight(row, column);
        var lower = isLight(row + 1, column) && row + 1 < dark.length + MARGIN;
        text.append(upper ? lower ? '\u2588' : '\u2580' : lower ? '\u2584' : ' ');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private boolean isLight(int row, int column) {
    return row < 0
        || column < 0
        || row >= dark.length
        || column >= dark.length
        || !dark[row][column];
  }
}
