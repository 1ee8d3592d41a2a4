package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Histories as OpenClaw 2026.9.6 gave them, shortened. The turn's key is {@code k}. */
class TranscriptTest {
  private static final String ASKED =
      "{role:'user',content:'two',timestamp:100,idempotencyKey:'k:user'}";
  private static final String EARLIER =
      "{role:'user',content:'one',timestamp:10,idempotencyKey:'j:user'},"
          + "{role:'assistant',content:[{type:'text',text:'first'}],stopReason:'stop',__openclaw:{runId:'j'}}";
  private static final String RESUMED =
      "{role:'user',content:'[System] Your previous turn was interrupted',timestamp:300,idempotencyKey:'r:user',"
          + "provenance:{kind:'internal_system',sourceTool:'main_session_restart_recovery'}}";
  private static final String IDLE =
      "sessionInfo:{status:'done',startedAt:110,hasActiveRun:false,activeRunIds:[]}";
  private static final String INTERRUPTED =
      "sessionInfo:{status:'running',startedAt:110,hasActiveRun:false,activeRunIds:[],abortedLastRun:true}";

  private static final String SUPERSEDED =
      "This turn ended before a reply: Error: prepared model runtime plugin generation was superseded"
          + " for /home/.openclaw/agents/main/agent";

  record Row(String name, String history, Transcript expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row(
              "nothing was ever said",
              "{messages:[],pendingInputs:{items:[]},sessionInfo:{hasActiveRun:false,activeRunIds:[]}}",
              new Transcript.Unseen()),
          new Row("only other things were said", history(EARLIER, IDLE), new Transcript.Unseen()),
          new Row(
              "it has just begun, and nothing is kept yet",
              history(
                  EARLIER,
                  "sessionInfo:{status:'running',hasActiveRun:true,activeRunIds:['k']},inFlightRun:{runId:'k',text:''}"),
              new Transcript.Underway("", Set.of("k"), true)),
          new Row(
              "it is being written",
              history(
                  EARLIER + "," + ASKED,
                  "sessionInfo:{status:'running',hasActiveRun:true},inFlightRun:{runId:'k',text:'so far'}"),
              new Transcript.Underway("so far", Set.of("k"), true)),
          new Row(
              "it waits until another turn has ended, whose words are not its own",
              history(
                  "{role:'user',content:'one',idempotencyKey:'j:user'}",
                  "pendingInputs:{items:[{state:'queued',runId:'k'}]},"
                      + "sessionInfo:{status:'running',hasActiveRun:true},inFlightRun:{runId:'j',text:'of j'}"),
              new Transcript.Underway("", Set.of(), false)),
          new Row(
              "what waited when the gateway died is asked for again",
              history(EARLIER, IDLE + ",pendingInputs:{items:[{state:'interrupted',runId:'k'}]}"),
              new Transcript.Unseen()),
          new Row(
              "it was answered",
              history(EARLIER + "," + ASKED + "," + answer("k", "stop", "second"), IDLE),
              new Transcript.Ended("second")),
          new Row(
              "it was answered, and more was said since",
              history(
                  ASKED
                      + ","
                      + answer("k", "stop", "second")
                      + ",{role:'user',content:'three',idempotencyKey:'l:user'},"
                      + answer("l", "stop", "third"),
                  IDLE),
              new Transcript.Ended("second")),
          new Row(
              "it was answered, and something else is under way by now",
              history(
                  ASKED + "," + answer("k", "stop", "second"),
                  "sessionInfo:{status:'running',hasActiveRun:true,activeRunIds:['z']}"),
              new Transcript.Ended("second")),
          new Row(
              "what is said before a tool is used is not the answer",
              history(
                  ASKED
                      + ",{role:'assistant',content:[{type:'text',text:'Let me look.'}],__openclaw:{runId:'k'}}"
                      + ",{role:'assistant',content:[{type:'toolCall'}],stopReason:'toolUse',__openclaw:{runId:'k'}}"
                      + ",{role:'toolResult',content:[{type:'text',text:'(empty directory)'}]},"
                      + answer("k", "stop", "Nothing there."),
                  IDLE),
              new Transcript.Ended("Nothing there.")),
          new Row(
              "the gateway was killed, and has not taken it up again yet",
              history(EARLIER + "," + ASKED, INTERRUPTED),
              new Transcript.Underway("", Set.of(), false)),
          new Row(
              "the gateway was killed, and answers it again under an id of its own",
              history(
                  ASKED + "," + RESUMED,
                  "sessionInfo:{status:'running',hasActiveRun:true,activeRunIds:['r'],abortedLastRun:true}"),
              new Transcript.Underway("", Set.of("r"), false)),
          new Row(
              "the gateway was killed, and has answered it again",
              history(ASKED + "," + RESUMED + "," + answer("r", "stop", "second"), IDLE),
              new Transcript.Ended("second")),
          new Row(
              "a failure after the answer is none of it",
              history(
                  ASKED
                      + ","
                      + RESUMED
                      + ","
                      + answer("r", "stop", "second")
                      + ","
                      + answer("x", "error", "The agent run failed before producing a reply."),
                  "sessionInfo:{status:'failed',startedAt:310,hasActiveRun:false}"),
              new Transcript.Ended("second")),
          new Row(
              "another turn was killed and is taken up again: this one is asked for afterwards",
              history(
                  "{role:'user',content:'one',timestamp:10,idempotencyKey:'j:user'}", INTERRUPTED),
              new Transcript.Underway("", Set.of(), false)),
          new Row(
              "the gateway was killed when it had kept no more than the question",
              history(ASKED, "sessionInfo:{hasActiveRun:false,activeRunIds:[]}"),
              new Transcript.Unseen()),
          new Row(
              "the question was kept behind an earlier turn, and never begun with",
              history(
                  EARLIER + "," + ASKED,
                  "sessionInfo:{status:'done',startedAt:20,hasActiveRun:false}"),
              new Transcript.Unseen()),
          new Row(
              "it has nothing to say",
              history(EARLIER + "," + ASKED, IDLE),
              new Transcript.Ended("")),
          new Row(
              "its model failed",
              history(
                  ASKED
                      + ",{role:'assistant',content:[{type:'text',text:'⚠️ LLM request failed (request format rejected, HTTP 400).'}],"
                      + "stopReason:'error',idempotencyKey:'k:terminal-error',__openclaw:{runId:'k'}}",
                  "sessionInfo:{status:'failed',startedAt:110,hasActiveRun:false}"),
              new Transcript.Failed("⚠️ LLM request failed (request format rejected, HTTP 400).")),
          new Row(
              "it ended before its model was asked",
              history(
                  ASKED
                      + ",{role:'custom',customType:'run-failed-before-reply',"
                      + "content:'This turn ended before a reply: no key.\\nTo view logs, run `openclaw logs`.'}",
                  "sessionInfo:{status:'failed',startedAt:110,hasActiveRun:false}"),
              new Transcript.Failed("This turn ended before a reply: no key.")),
          new Row(
              "its plugins were replaced before it began",
              history(ASKED + "," + superseded("k"), "sessionInfo:{status:'failed',startedAt:110}"),
              new Transcript.Unbegun(SUPERSEDED)),
          new Row(
              "it never began, and is under way by another key",
              history(
                  ASKED + "," + superseded("k"),
                  "sessionInfo:{status:'running',hasActiveRun:true,activeRunIds:['k-2']}"),
              new Transcript.Unbegun(SUPERSEDED)),
          new Row(
              "it never began, and was answered by another key",
              history(
                  ASKED
                      + ","
                      + superseded("k")
                      + ",{role:'user',content:'two',timestamp:120,idempotencyKey:'k-2:user'},"
                      + answer("k-2", "stop", "second"),
                  IDLE),
              new Transcript.Unbegun(SUPERSEDED)),
          new Row(
              "its plugins were replaced when it had used a tool",
              history(
                  ASKED
                      + ",{role:'assistant',content:[{type:'toolCall'}],stopReason:'toolUse',__openclaw:{runId:'k'}}"
                      + ",{role:'toolResult',content:[{type:'text',text:'(sent)'}]},"
                      + superseded("k"),
                  "sessionInfo:{status:'failed',startedAt:110}"),
              new Transcript.Failed(SUPERSEDED)),
          new Row(
              "it failed, and only the conversation says so",
              history(
                  ASKED,
                  "sessionInfo:{status:'failed',startedAt:110,lastRunError:'tombstoned',hasActiveRun:false}"),
              new Transcript.Failed("tombstoned")),
          new Row(
              "its owner stopped it before it said anything",
              history(
                  ASKED,
                  "sessionInfo:{status:'killed',startedAt:110,abortedLastRun:true,hasActiveRun:false}"),
              new Transcript.Failed(Transcript.STOPPED)),
          new Row(
              "its owner stopped it when it had begun to speak",
              history(
                  ASKED
                      + ",{role:'assistant',content:[{type:'text',text:'part'}],stopReason:'stop',"
                      + "idempotencyKey:'k:assistant',__openclaw:{runId:'k'}}",
                  "sessionInfo:{status:'killed',startedAt:110,abortedLastRun:true,hasActiveRun:false}"),
              new Transcript.Ended("part")),
          new Row(
              "a command of OpenClaw's was answered",
              history(
                  ASKED + ",{role:'assistant',content:'Help',stopReason:'stop',idempotencyKey:'k'}",
                  "sessionInfo:{hasActiveRun:false}"),
              new Transcript.Ended("Help")),
          new Row("no history at all is none", "{}", new Transcript.Unseen()));

  private static String history(String messages, String more) {
    return "{messages:[%s],%s}".formatted(messages, more);
  }

  private static String superseded(String run) {
    return "{role:'custom',customType:'run-failed-before-reply',content:'%s',__openclaw:{runId:'%s'}}"
        .formatted(SUPERSEDED, run);
  }

  private static String answer(String run, String stop, String text) {
    return "{role:'assistant',content:[{type:'text',text:'%s'}],stopReason:'%s',__openclaw:{runId:'%s'}}"
        .formatted(text, stop, run);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void reads(Row row) {
    assertThat(Transcript.of(Json.object(row.history()), "k")).isEqualTo(row.expected());
  }
}
