package io.rockpool.runtime.process;

import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How an instance is shut in: what stands before its command. */
sealed interface Sandbox {
  /** The install is here, inside, where there are walls. */
  String INSTALL = "/opt/openclaw";

  Duration PROBE_AT_MOST = Duration.ofSeconds(20);

  /**
   * One instance to shut in.
   *
   * @param user its own user id, or {@link LaunchRecord#NO_USER}
   * @param environment what the command gets, complete
   * @param seccomp whether a filter waits as file descriptor 9
   */
  record Cell(
      InstanceFolder folder,
      Path install,
      long user,
      Map<String, String> environment,
      boolean seccomp) {}

  /** The whole command line, from the programs that shut in to the instance's own. */
  List<String> enclose(Cell cell, List<String> command);

  /** How many processes stand between the launch script and the command, plus one. */
  int depth();

  /** The instance's home folder as it sees it. */
  String home(InstanceFolder folder);

  String config(InstanceFolder folder);

  String tmp(InstanceFolder folder);

  /** Where OpenClaw is, as the instance sees it. */
  String install(Path install);

  /** Whether an instance gets a user id of its own. */
  boolean ownUser();

  boolean seccomp();

  List<Shortfall> shortfalls();

  /** Tries what this host can do. */
  static Sandbox probe() throws InterruptedException {
    var root = Proc.isRoot();
    var bwrap = Tool.find("bwrap");
    var setpriv = Tool.find("setpriv");
    if (bwrap.isEmpty()) {
      return new Plain(
          root && setpriv.isPresent(), "bubblewrap is not installed: apt install bubblewrap");
    }
    if (root && setpriv.isEmpty()) {
      return new Plain(false, "setpriv is not installed: apt install util-linux");
    }
    var complaint = "";
    for (var nestedUsers : root ? List.of(true) : List.of(false, true)) {
      var candidate = new Bubblewrap(bwrap.get(), root, nestedUsers);
      try {
        var result = Tool.run(PROBE_AT_MOST, "", candidate.trial());
        if (result.good()) {
          return candidate;
        }
        complaint = result.complaint();
      } catch (IOException e) {
        complaint = String.valueOf(e.getMessage());
      }
    }
    return new Plain(
        root,
        "bubblewrap does not work here (%s); unprivileged user namespaces may be off"
            .formatted(complaint));
  }

  /**
   * Its own mounts, process ids, IPC and host name; sees the system's programs, OpenClaw and its
   * own folders, nothing else.
   *
   * @param root run by root: no user namespace, and inside everything is given up for a user id of
   *     its own. It must be root's, because a user namespace cannot pass the 0700 folders above an
   *     instance
   * @param nestedUsers whether user namespaces inside stay possible, as far as bubblewrap is
   *     concerned; the filter denies them all the same
   */
  record Bubblewrap(Path bwrap, boolean root, boolean nestedUsers) implements Sandbox {
    private static final List<String> ETC =
        List.of(
            "alternatives",
            "ca-certificates",
            "ca-certificates.conf",
            "debian_version",
            "fonts",
            "gai.conf",
            "host.conf",
            "hosts",
            "ld.so.cache",
            "ld.so.conf",
            "ld.so.conf.d",
            "localtime",
            "mime.types",
            "nsswitch.conf",
            "os-release",
            "pki",
            "protocols",
            "resolv.conf",
            "services",
            "ssl",
            "timezone");
    private static final List<String> SYSTEM_FOLDERS =
        List.of("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

    @Override
    public List<String> enclose(Cell cell, List<String> command) {
      var folder = cell.folder();
      var line = new ArrayList<>(List.of("/usr/bin/env", "-i"));
      cell.environment().forEach((name, value) -> line.add(name + "=" + value));
      line.addAll(walls());
      line.addAll(
          List.of(
              "--ro-bind",
              folder.run().resolve("passwd").toString(),
              "/etc/passwd",
              "--ro-bind",
              folder.run().resolve("group").toString(),
              "/etc/group",
              "--bind",
              folder.tmp().toString(),
              "/tmp",
              "--bind",
              folder.home().toString(),
              home(folder),
              "--ro-bind",
              folder.config().toString(),
              config(folder),
              "--ro-bind",
              cell.install().toString(),
              INSTALL));
      line.addAll(List.of("--remount-ro", "/", "--chdir", "/"));
      if (cell.seccomp()) {
        line.addAll(List.of("--seccomp", "9"));
      }
      line.add("--");
      line.addAll(drop(cell.user()));
      // Only now is it the user who may enter the home.
      line.addAll(List.of("/usr/bin/env", "-C", home(folder)));
      line.addAll(command);
      return line;
    }

    /** The same walls around nothing. */
    List<String> trial() {
      var line = new ArrayList<>(walls());
      line.addAll(List.of("--remount-ro", "/", "--"));
      line.addAll(drop(root ? 65534 : LaunchRecord.NO_USER));
      line.add("true");
      return line;
    }

    private List<String> walls() {
      var line = new ArrayList<>(List.of(bwrap.toString()));
      line.addAll(List.of("--unshare-pid", "--unshare-ipc", "--unshare-uts"));
      line.addAll(List.of("--unshare-cgroup-try", "--die-with-parent", "--new-session"));
      line.addAll(List.of("--hostname", "openclaw"));
      if (root) {
        line.addAll(List.of("--cap-drop", "ALL"));
        for (var capability : List.of("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")) {
          line.addAll(List.of("--cap-add", capability)); // setpriv gives them up
        }
      } else {
        line.add("--unshare-user");
        if (!nestedUsers) {
          line.add("--disable-userns");
        }
      }
      line.addAll(List.of("--ro-bind", "/usr", "/usr"));
      for (var name : SYSTEM_FOLDERS) {
        var path = Path.of(name);
        if (Files.isSymbolicLink(path)) {
          line.addAll(List.of("--symlink", target(path), name));
        } else if (Files.isDirectory(path)) {
          line.addAll(List.of("--ro-bind", name, name));
        }
      }
      for (var name : List.of("/etc", "/home", "/opt", "/run")) {
        line.addAll(List.of("--perms", "0755", "--dir", name));
      }
      for (var name : ETC) {
        line.addAll(List.of("--ro-bind-try", "/etc/" + name, "/etc/" + name));
      }
      line.addAll(List.of("--proc", "/proc", "--dev", "/dev"));
      line.addAll(List.of("--perms", "1777", "--tmpfs", "/dev/shm"));
      return line;
    }

    private static String target(Path link) {
      try {
        return Files.readSymbolicLink(link).toString();
      } catch (IOException gone) {
        return "usr" + link;
      }
    }

    @Override
    public int depth() {
      return 3; // bubblewrap outside, bubblewrap as the namespace's init, the command
    }

    @Override
    public String home(InstanceFolder folder) {
      return "/home/openclaw";
    }

    @Override
    public String config(InstanceFolder folder) {
      return "/config";
    }

    @Override
    public String tmp(InstanceFolder folder) {
      return "/tmp";
    }

    @Override
    public String install(Path install) {
      return INSTALL;
    }

    @Override
    public boolean ownUser() {
      return root;
    }

    @Override
    public boolean seccomp() {
      return true;
    }

    @Override
    public List<Shortfall> shortfalls() {
      return root
          ? List.of()
          : List.of(
              new Shortfall(
                  "OwnUser",
                  "The instance runs as Rockpool's own user inside its sandbox, because only root can"
                      + " give it another one: run Rockpool as root for that."));
    }
  }

  /**
   * No walls; as root at least a user id of its own.
   *
   * @param reason why there are none, and what to do
   */
  record Plain(boolean root, String reason) implements Sandbox {
    @Override
    public List<String> enclose(Cell cell, List<String> command) {
      var line = new ArrayList<>(List.of("/usr/bin/env", "-i"));
      cell.environment().forEach((name, value) -> line.add(name + "=" + value));
      line.addAll(drop(cell.user()));
      line.addAll(List.of("/usr/bin/env", "-C", home(cell.folder())));
      line.addAll(command);
      return line;
    }

    @Override
    public int depth() {
      return 1;
    }

    @Override
    public String home(InstanceFolder folder) {
      return folder.home().toString();
    }

    @Override
    public String config(InstanceFolder folder) {
      return folder.config().toString();
    }

    @Override
    public String tmp(InstanceFolder folder) {
      return folder.tmp().toString();
    }

    @Override
    public String install(Path install) {
      return install.toString();
    }

    @Override
    public boolean ownUser() {
      return root;
    }

    @Override
    public boolean seccomp() {
      return false;
    }

    @Override
    public List<Shortfall> shortfalls() {
      var missing = new ArrayList<Shortfall>();
      missing.add(
          new Shortfall(
              "Sandbox",
              "The instance sees this host's files and processes, because %s.".formatted(reason)));
      if (!root) {
        missing.add(
            new Shortfall(
                "OwnUser",
                "The instance may read and change everything that Rockpool's own user may: install"
                    + " bubblewrap, or run Rockpool as root."));
      }
      return missing;
    }
  }

  private static List<String> drop(long user) {
    if (user == LaunchRecord.NO_USER) {
      return List.of();
    }
    var id = Long.toString(user);
    return List.of(
        Tool.find("setpriv").map(Path::toString).orElse("setpriv"),
        "--reuid",
        id,
        "--regid",
        id,
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
        "--inh-caps=-all");
  }

  /** What the instance's own user is called inside; programs ask for a name. */
  static Map<String, String> accounts(long user, long group) {
    return Map.of(
        "passwd",
        """
        root:x:0:0:root:/root:/usr/sbin/nologin
        openclaw:x:%d:%d:OpenClaw:/home/openclaw:/bin/sh
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
        """
            .formatted(user, group),
        "group",
        """
        root:x:0:
        openclaw:x:%d:
        nogroup:x:65534:
        """
            .formatted(group));
  }

  /** Finds a program as the instance's search path will, and says where it is on the host. */
  static Optional<Path> program(String name, Path install) {
    var folders =
        List.of(
            install.resolve("node_modules/.bin"),
            Path.of("/usr/local/bin"),
            Path.of("/usr/bin"),
            Path.of("/bin"));
    if (name.startsWith("/")) {
      return Optional.of(Path.of(name))
          .filter(path -> path.startsWith("/usr") || path.startsWith("/bin"))
          .filter(Files::isExecutable);
    }
    return folders.stream()
        .map(folder -> folder.resolve(name))
        .filter(path -> !name.contains("/") && Files.isExecutable(path))
        .findFirst();
  }
}
