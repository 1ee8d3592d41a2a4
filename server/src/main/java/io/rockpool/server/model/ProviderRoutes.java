package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Actor;
import io.rockpool.control.net.ForbiddenUrlException;
import io.rockpool.control.net.Internet;
import io.rockpool.control.provider.AnswerLimit;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.provider.Provider;
import io.rockpool.control.provider.Providers;
import io.rockpool.control.provider.StreamedUsage;
import io.rockpool.control.vault.VaultException;
import io.rockpool.edge.model.ModelUpstream;
import io.rockpool.edge.model.Trial;
import io.rockpool.runtime.Secret;
import io.rockpool.server.door.Upstreams;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/providers}: who answers for models, and by which keys. An operator's serve
 * everybody; a user's own serve that user alone.
 */
public final class ProviderRoutes {
  private static final String ALL = "/api/v1/providers";
  private static final String ONE = ALL + "/{name}";
  private static final int LONGEST_SILENCE_OF_USERS = 600;
  private static final Logger log = LoggerFactory.getLogger(ProviderRoutes.class);

  /** Tries a provider. */
  @FunctionalInterface
  public interface Trials {
    Trial attempt(ModelUpstream upstream, Protocol protocol) throws InterruptedException;
  }

  /** Whose first choice has changed: an account's, or everybody's where it is empty. */
  @FunctionalInterface
  public interface Watch {
    void changed(Optional<String> account);
  }

  /**
   * @param name as clients ask for it
   * @param upstream as the provider calls it; default: {@code name}
   * @param contextWindow tokens in and out together; default: 128000
   * @param maxTokens of one answer, where a client does not say; default: 8192
   * @param limit by which it limits the answer of a chat completion: max_tokens or
   *     max_completion_tokens; default: by its name
   */
  public record Model(
      String name,
      Optional<String> upstream,
      Optional<Integer> contextWindow,
      Optional<Integer> maxTokens,
      Optional<AnswerLimit> limit) {
    Provider.Model model() {
      int window = contextWindow.orElse(128_000);
      return new Provider.Model(
          name, upstream.orElse(name), window, maxTokens.orElse(Math.min(window, 8_192)), limit);
    }
  }

  /**
   * @param protocol openai (chat completions, responses, embeddings) or anthropic (messages)
   * @param key the provider's; left out, the one that is there is kept, if the host is the same
   * @param priority of several that serve a model the lowest is asked first; default: 100
   * @param usage how it tells what a stream used: asked (the default; by include_usage), always, or
   *     never
   * @param inside whether the base URL may be in a private network, and plain http: for operators
   * @param silenceSeconds a call on which nothing moves for so long has failed; default: 300
   */
  public record Put(
      String name,
      Protocol protocol,
      String baseUrl,
      List<Model> models,
      Optional<Secret> key,
      Optional<Integer> priority,
      Optional<StreamedUsage> usage,
      Optional<Boolean> inside,
      Optional<Integer> silenceSeconds) {
    public Put {
      // Whatever is wrong is said now, with the words for it.
      for (var model : models) {
        model.model();
      }
    }

    Provider provider(String account, URI base) {
      return new Provider(
          account,
          name,
          protocol,
          base,
          models.stream().map(Model::model).toList(),
          priority.orElse(100),
          usage.orElse(StreamedUsage.ASKED),
          inside.orElse(false),
          Duration.ofSeconds(silenceSeconds.orElse(300)));
    }
  }

  public record Named(String name) {}

  public record ModelView(
      String name, String upstream, int contextWindow, int maxTokens, Optional<AnswerLimit> limit) {
    static ModelView of(Provider.Model model) {
      return new ModelView(
          model.name(), model.upstream(), model.contextWindow(), model.maxTokens(), model.limit());
    }
  }

  /**
   * @param hasKey whether there is a key; it is never shown
   * @param shared whether it serves everybody
   */
  public record ProviderView(
      String name,
      Protocol protocol,
      String baseUrl,
      List<ModelView> models,
      int priority,
      StreamedUsage usage,
      boolean inside,
      long silenceSeconds,
      boolean hasKey,
      boolean shared) {
    static ProviderView of(Provider provider, boolean hasKey) {
      return new ProviderView(
          provider.name(),
          provider.protocol(),
          provider.base().toString(),
          provider.models().stream().map(ModelView::of).toList(),
          provider.priority(),
          provider.usage(),
          provider.inside(),
          provider.silence().toSeconds(),
          hasKey,
          provider.accountId().equals(Providers.OPERATOR));
    }
  }

  public record ProviderList(List<ProviderView> items) {}

  /**
   * @param unknownModels those of ours that it does not list
   */
  public record TrialView(
      Trial.Result result, String message, List<String> models, List<String> unknownModels) {}

  private final Providers providers;
  private final Internet internet;
  private final Trials trials;
  private final Watch watch;

  /**
   * @param internet where users' own providers may be
   */
  public ProviderRoutes(Providers providers, Internet internet, Trials trials, Watch watch) {
    this.providers = providers;
    this.internet = internet;
    this.trials = trials;
    this.watch = watch;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            ALL,
            "List your model providers, without their keys.",
            Route.Nothing.class,
            ProviderList.class,
            Set.of(),
            READ,
            this::list),
        new Route<>(
            PUT,
            ONE,
            "Set a model provider, or replace its key. Running instances use it within a second, without a restart.",
            Put.class,
            ProviderView.class,
            Set.of(Kind.TOO_MANY_PROVIDERS, Kind.VAULT_UNAVAILABLE),
            OPERATE,
            this::put),
        new Route<>(
                DELETE,
                ONE,
                "Forget a model provider and its key.",
                Named.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_PROVIDER),
                OPERATE,
                this::remove)
            .answers(NO_CONTENT),
        new Route<>(
            POST,
            ONE + "/test",
            "Ask a model provider for its models: whether it can be reached and takes its key. Costs nothing.",
            Named.class,
            TrialView.class,
            Set.of(Kind.UNKNOWN_PROVIDER, Kind.VAULT_UNAVAILABLE),
            OPERATE,
            this::test));
  }

  private Reply<ProviderList> list(Actor actor, Route.Nothing wish) {
    var account = account(actor);
    var withKey = providers.withKey(actor, account);
    return new Reply.Ok<>(
        new ProviderList(
            providers.of(actor, account).stream()
                .map(it -> ProviderView.of(it, withKey.contains(it.name())))
                .toList()));
  }

  private Reply<ProviderView> put(Actor actor, Put wish) {
    var account = account(actor);
    boolean trusted = !(actor instanceof Actor.User);
    if (wish.inside().orElse(false) && !trusted) {
      return new Reply.Refused<>(
          Kind.FORBIDDEN.detail("Only an operator may name a provider in a private network."));
    }
    if (!trusted && wish.silenceSeconds().orElse(0) > LONGEST_SILENCE_OF_USERS) {
      return new Reply.Refused<>(
          Kind.INVALID_REQUEST.detail(
              "silenceSeconds must be 1 to %d.".formatted(LONGEST_SILENCE_OF_USERS)));
    }
    var before = firstChoice(actor, account);
    Provider provider;
    boolean isSet;
    try {
      provider = wish.provider(account, base(wish));
      isSet = providers.put(actor, provider, wish.key());
    } catch (IllegalArgumentException e) {
      var inside =
          trusted && e instanceof ForbiddenUrlException
              ? " For one in your own network set inside (--inside)."
              : "";
      return new Reply.Refused<>(Kind.INVALID_REQUEST.detail(e.getMessage() + inside));
    } catch (VaultException e) {
      log.atError().setCause(e).log("the key of a model provider cannot be encrypted");
      return new Reply.Refused<>(
          Kind.VAULT_UNAVAILABLE.detail("Nothing was changed. Rockpool's log says why."));
    }
    if (!isSet) {
      return new Reply.Refused<>(
          Kind.TOO_MANY_PROVIDERS.detail(
              "You have %d providers. Delete one that is not used any more."
                  .formatted(Providers.MOST)));
    }
    say(actor, account, before);
    return new Reply.Ok<>(
        ProviderView.of(provider, providers.withKey(actor, account).contains(wish.name())));
  }

  private URI base(Put wish) {
    return wish.inside().orElse(false) ? URI.create(wish.baseUrl()) : internet.url(wish.baseUrl());
  }

  private Reply<Route.Nothing> remove(Actor actor, Named wish) {
    var account = account(actor);
    var before = firstChoice(actor, account);
    if (!providers.remove(actor, account, wish.name())) {
      return unknown(wish.name());
    }
    say(actor, account, before);
    return new Reply.NoContent<>();
  }

  private Reply<TrialView> test(Actor actor, Named wish) {
    var found = providers.keyed(actor, account(actor), wish.name());
    if (found.isEmpty()) {
      return unknown(wish.name());
    }
    var provider = found.get().provider();
    var key = found.get().key();
    if (key.isEmpty()) {
      return new Reply.Refused<>(
          Kind.VAULT_UNAVAILABLE.detail("Its key cannot be read. Rockpool's log says why."));
    }
    try {
      var trial =
          trials.attempt(
              Upstreams.upstream(provider, key.get(), provider.models().getFirst()),
              provider.protocol());
      return new Reply.Ok<>(
          new TrialView(
              trial.result(),
              trial.words(),
              trial.models(),
              trial.models().isEmpty()
                  ? List.of()
                  : provider.models().stream()
                      .map(Provider.Model::upstream)
                      .filter(it -> !trial.models().contains(it))
                      .toList()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("this server stops", e);
    }
  }

  /** The model that instances are told to use: of the first provider the first. */
  private record Choice(Protocol protocol, Provider.Model model) {}

  private Optional<Choice> firstChoice(Actor actor, String account) {
    return providers.of(actor, account).stream()
        .findFirst()
        .map(it -> new Choice(it.protocol(), it.models().getFirst()));
  }

  private void say(Actor actor, String account, Optional<Choice> before) {
    if (!firstChoice(actor, account).equals(before)) {
      watch.changed(account.equals(Providers.OPERATOR) ? Optional.empty() : Optional.of(account));
    }
  }

  private static <A> Reply<A> unknown(String name) {
    return new Reply.Refused<>(
        Kind.UNKNOWN_PROVIDER.detail(
            "You have no provider '%s'. List them with GET /api/v1/providers.".formatted(name)));
  }

  /** Every operator sets the same ones. */
  private static String account(Actor actor) {
    return actor instanceof Actor.User(var id) ? id : Providers.OPERATOR;
  }
}
