package io.rockpool.server.instance;

import io.rockpool.control.instance.Condition;
import io.rockpool.control.instance.Hold;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.runtime.Placement;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An instance as the API shows it.
 *
 * @param accountId whose it is
 * @param progress 0 to 100, on the way to what is wanted
 * @param generation counts every change of what is wanted; the entity tag
 * @param wakes whether it runs, or will by itself once somebody needs it
 * @param expiresAt when it is stopped, and its state kept; absent for never
 * @param autoRenew whether it gets another month before that, as long as its account pays
 * @param hold why it is kept from running, whatever its owner wants; absent where nothing keeps it
 * @param placement where it runs, as its runtime shows it
 * @param config the account's own part of the OpenClaw configuration
 */
public record InstanceView(
    String id,
    String accountId,
    String name,
    String plan,
    String runtime,
    List<String> agents,
    Phase status,
    int progress,
    long generation,
    boolean wakes,
    Sleep sleep,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> expiresAt,
    boolean autoRenew,
    Optional<HoldView> hold,
    List<Condition> conditions,
    Optional<Map<String, Object>> placement,
    Urls urls,
    Optional<Integer> estimatedReadySeconds,
    JsonNode config) {

  /**
   * Where to go.
   *
   * @param dashboard the Control UI, for a browser
   * @param gateway the gateway itself, HTTP and WebSocket
   * @param openai base URL for OpenAI clients
   */
  public record Urls(
      String dashboard,
      String gateway,
      String openai,
      String messages,
      String events,
      String logs) {}

  /**
   * How deep it sleeps, and why.
   *
   * @param level what is wanted: awake, dozing or stopped. {@code status} shows what is
   * @param reason a stable word in CamelCase
   * @param since when that was decided
   * @param lastActivity when somebody last needed it; up to a few seconds behind
   * @param wakesAt when a job of its own needs it next; absent while it is awake, or if there is
   *     none
   * @param wakes how often it was woken so far
   */
  public record Sleep(
      Level level,
      String reason,
      String message,
      Instant since,
      Instant lastActivity,
      Optional<Instant> wakesAt,
      long wakes) {
    static Sleep of(Rest rest) {
      return new Sleep(
          rest.level(),
          rest.reason(),
          rest.message(),
          rest.since(),
          rest.activeAt(),
          Optional.ofNullable(rest.nextRun()),
          rest.wakes());
    }
  }

  /**
   * What keeps it from running.
   *
   * @param resumes whether it starts by itself once nothing keeps it any more
   */
  public record HoldView(Hold.Reason reason, String message, Instant since, boolean resumes) {
    static HoldView of(Hold hold) {
      return new HoldView(hold.reason(), hold.message(), hold.since(), hold.resumes());
    }
  }

  static InstanceView of(Instance instance, String publicUrl, Optional<Integer> readySeconds) {
    var id = instance.id().value();
    var api = publicUrl + "/api/v1/instances/" + id;
    var edge = publicUrl + "/i/" + id;
    var placement = instance.status().placement();
    return new InstanceView(
        id,
        instance.accountId(),
        instance.name(),
        instance.wanted().plan(),
        instance.wanted().runtime(),
        instance.wanted().agents(),
        instance.status().phase(),
        instance.status().progress(),
        instance.wanted().generation(),
        instance.wakes(),
        Sleep.of(instance.rest()),
        instance.createdAt(),
        instance.updatedAt(),
        Optional.ofNullable(instance.term().expiresAt()),
        instance.term().autoRenew(),
        Optional.ofNullable(instance.term().hold()).map(HoldView::of),
        instance.status().conditions(),
        Optional.ofNullable(placement).map(InstanceView::shown),
        new Urls(
            edge + "/",
            edge + "/",
            edge + "/v1",
            api + "/messages",
            api + "/events",
            api + "/logs"),
        readySeconds,
        JsonMapper.shared().readTree(instance.wanted().config()));
  }

  private static Map<String, Object> shown(Placement placement) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("driver", placement.driver());
    shown.putAll(placement.details());
    return shown;
  }
}
