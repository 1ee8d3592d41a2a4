package io.rockpool.runtime.tck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks through the files of programs that are at work: what is gone by the time it is looked at is
 * left out. {@link Files#walk} ends there with an error.
 */
public final class FileSearch {
  /**
   * The regular files of a folder and of all folders below it; links are not followed.
   *
   * @param start the folder, or a single file
   */
  public static List<Path> files(Path start) throws IOException {
    var found = new ArrayList<Path>();
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            return goOnIfGone(file, e);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            return e == null ? FileVisitResult.CONTINUE : goOnIfGone(folder, e);
          }

          private FileVisitResult goOnIfGone(Path path, IOException e) throws IOException {
            if (e instanceof NoSuchFileException && !path.equals(start)) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    return found;
  }

  /** Whether a file has this text, of ASCII characters. */
  public static boolean holds(Path file, String text) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
    } catch (NoSuchFileException gone) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FileSearch() {}
}
