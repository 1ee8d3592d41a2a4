package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Placement;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Looks at the instances of one home, and changes nothing. */
record Observer(Path home, ControlGroups groups) {
  private static final int ANY_DEPTH = 1;
  private static final int OUT_OF_MEMORY = 137; // the kernel sends SIGKILL
  private static final String DOZED_AND_KILLED =
      "The host ran short of memory, and this instance was ended because it dozed; it can be started"
          + " again. Give the host more memory or swap, or let fewer instances doze.";

  Observation observe(InstanceId id) {
    var folder = InstanceFolder.of(home, id);
    if (!folder.exists()) {
      return new Observation.Absent();
    }
    var mark = folder.lifemark();
    if (mark.isEmpty()) {
      return new Observation.Stopped();
    }
    if (mark.get().alive()) {
      var group = groups.find(id);
      var awake = running(folder, mark.get());
      return Freezer.of(new ProcessTree(mark.get(), ANY_DEPTH, group)).frozen()
          ? frozen(folder, mark.get(), group, awake)
          : awake;
    }
    if (folder.askedToStop(mark.get())) {
      return new Observation.Stopped();
    }
    return exited(folder, mark.get());
  }

  private static Observation frozen(
      InstanceFolder folder, Lifemark mark, ControlGroup group, Observation.Running awake) {
    var nap = folder.nap(mark);
    if (nap.isPresent() && group.outOfMemoryKills() > nap.get().outOfMemoryKills()) {
      // Its root is frozen, too, and does not learn of it; the next verb ends what is left.
      return new Observation.Exited(OUT_OF_MEMORY, DOZED_AND_KILLED);
    }
    var shortfalls = new ArrayList<>(awake.shortfalls());
    nap.ifPresent(it -> shortfalls.addAll(it.shortfalls()));
    return new Observation.Frozen(
        new Observation.Running(
            awake.generation(),
            awake.gateway(),
            awake.listenerHost(),
            awake.placement(),
            shortfalls));
  }

  private Observation.Running running(InstanceFolder folder, Lifemark mark) {
    var launch = folder.launch(mark);
    long port = launch.map(LaunchRecord::port).or(() -> folder.number("port")).orElse(0L);
    var details = new TreeMap<String, Object>();
    details.put("pid", mark.pid());
    details.put("port", port);
    details.put("folder", folder.path().toString());
    launch
        .map(LaunchRecord::user)
        .filter(user -> user != LaunchRecord.NO_USER)
        .ifPresent(user -> details.put("user", user));
    return new Observation.Running(
        mark.generation(),
        URI.create("http://%s:%d".formatted(Allotment.LOOPBACK, port)),
        Allotment.listenerHost(port),
        new Placement(ProcessProvider.NAME, details),
        launch.map(LaunchRecord::shortfalls).orElse(List.of()));
  }

  private Observation exited(InstanceFolder folder, Lifemark mark) {
    if (!mark.thisBoot()) {
      return new Observation.Exited(
          -1, "The host restarted while the instance ran; it can be started again.");
    }
    var code = folder.exitCode(mark);
    var group = groups.find(folder.id());
    if (group.outOfMemoryKills() > 0) {
      var limit = folder.launch(mark).map(LaunchRecord::memoryBytes).map(Size::text);
      return new Observation.Exited(
          code.orElse(-1),
          "The instance ran out of its memory limit%s: raise its plan's memory, or let it do less at once."
              .formatted(limit.map(" of %s"::formatted).orElse("")));
    }
    if (code.isEmpty()) {
      return new Observation.Exited(
          -1, "The instance was killed from outside, together with its root process.");
    }
    return new Observation.Exited(
        code.get(),
        code.get() > 128
            ? "The instance was ended by signal %d; its output may tell why."
                .formatted(code.get() - 128)
            : "The instance ended by itself with status %d; its output may tell why."
                .formatted(code.get()));
  }
}
