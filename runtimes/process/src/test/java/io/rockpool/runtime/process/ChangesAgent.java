package io.rockpool.runtime.process;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Has a JDK tell {@link Changes} of every change that it is about to make to files, and of every
 * program that it starts. All of the driver's doings come through here, those too that are written
 * tomorrow, and the driver knows nothing of it.
 */
public final class ChangesAgent {
  /** Where the JDK leaves Java for the kernel, with what changes something there. */
  private static final Map<String, Set<String>> DOORS =
      Map.of(
          "sun.nio.fs.UnixNativeDispatcher",
          Set.of(
              "open",
              "openat",
              "link",
              "unlink",
              "unlinkat",
              "mknod",
              "rename",
              "renameat",
              "mkdir",
              "rmdir",
              "symlink",
              "chown",
              "lchown",
              "fchown",
              "chmod",
              "fchmod",
              "fchmodat",
              "fsetxattr",
              "fremovexattr",
              "write"),
          "sun.nio.ch.UnixFileDispatcherImpl",
          Set.of("write", "pwrite", "writev", "truncate", "lock"),
          "java.io.UnixFileSystem",
          Set.of("setPermission", "createFileExclusively", "delete", "createDirectory", "rename"),
          "java.io.FileOutputStream",
          Set.of("open", "write"),
          "java.lang.ProcessImpl",
          Set.of("start"));

  /** In the JVM that is to be killed. The classes were made before, because that takes longer. */
  public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(Changes.class.getModule()),
        Map.of(),
        Map.of(),
        Set.of(),
        Map.of());
    for (var name : DOORS.keySet()) {
      try (var made = ClassLoader.getSystemResourceAsStream(name + ".changed")) {
        if (made == null) {
          throw new IllegalStateException(name + " is not in the agent's jar");
        }
        instrumentation.redefineClasses(
            new ClassDefinition(Class.forName(name), made.readAllBytes()));
      }
    }
  }

  /** Makes the agent for JVMs of the version of this one. */
  static void make(Path jar) throws IOException {
    var manifest = new Manifest();
    var main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Premain-Class", ChangesAgent.class.getName());
    main.putValue("Boot-Class-Path", jar.toString());
    main.putValue("Can-Redefine-Classes", "true");
    try (var stream = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      put(stream, path(Changes.class.getName()), bytes(Changes.class.getName()));
      for (var door : DOORS.entrySet()) {
        put(stream, door.getKey() + ".changed", open(door.getKey(), door.getValue()));
      }
    }
  }

  private static byte[] open(String name, Set<String> changes) throws IOException {
    var file = ClassFile.of();
    var model = file.parse(bytes(name));
    assertThat(
            model.methods().stream()
                .map(it -> it.methodName().stringValue())
                .filter(changes::contains)
                .collect(toUnmodifiableSet()))
        .as("this JDK has other methods in %s", name)
        .isEqualTo(changes);
    return file.transformClass(
        model,
        (builder, element) -> {
          if (element instanceof MethodModel method
              && method.code().isPresent()
              && changes.contains(method.methodName().stringValue())) {
            builder.transformMethod(method, MethodTransform.transformingCode(telling(method)));
          } else {
            builder.with(element);
          }
        });
  }

  /** Tells before it happens; of a program also when it has begun. */
  private static CodeTransform telling(MethodModel method) {
    var name = method.methodName().stringValue();
    // Only the flags of open(PATH, FLAGS, MODE) and openat(FOLDER, NAME, FLAGS, MODE) matter.
    int flags =
        switch (name) {
          case "open" -> method.methodTypeSymbol().parameterCount() == 3 ? 1 : -1;
          case "openat" -> 2;
          default -> -1;
        };
    return new CodeTransform() {
      @Override
      public void atStart(CodeBuilder code) {
        tell(code, name, flags);
      }

      @Override
      public void accept(CodeBuilder code, CodeElement element) {
        if (name.equals("start") && element instanceof ReturnInstruction) {
          tell(code, "started", -1);
        }
        code.with(element);
      }
    };
  }

  private static void tell(CodeBuilder code, String change, int flags) {
    code.ldc(change);
    if (flags < 0) {
      code.iconst_1();
    } else {
      code.iload(flags);
    }
    code.invokestatic(
        ClassDesc.of(Changes.class.getName()),
        "coming",
        MethodTypeDesc.of(
            ConstantDescs.CD_void, List.of(ConstantDescs.CD_String, ConstantDescs.CD_int)));
  }

  private static void put(JarOutputStream jar, String name, byte[] content) throws IOException {
    jar.putNextEntry(new JarEntry(name));
    jar.write(content);
    jar.closeEntry();
  }

  private static byte[] bytes(String className) throws IOException {
    try (InputStream stream = ClassLoader.getSystemResourceAsStream(path(className))) {
      if (stream == null) {
        throw new IOException(className + " is not in this JDK");
      }
      return stream.readAllBytes();
    }
  }

  private static String path(String className) {
    return className.replace('.', '/') + ".class";
  }

  private ChangesAgent() {}
}
