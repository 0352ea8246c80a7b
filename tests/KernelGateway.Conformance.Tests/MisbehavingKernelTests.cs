using System.Text;
using FluentAssertions;
using KernelGateway.Conformance.Tests.Support;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Mime;
using KernelGateway.Testing.Scripting;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Conformance.Tests;

/// <summary>For each misbehaviour, exactly the check for it fails.</summary>
public sealed class MisbehavingKernelTests
{
    // All areas except load: sending 16 MiB for each misbehaviour would show nothing more.
    private static readonly string[] Areas = [.. ConformanceRun.Checks.Select(check => check.Area).Distinct().Where(area =>
        area != "load")];

    private static IEnumerable<TestCaseData> Misbehaviours()
    {
        yield return Case("signature.valid", Tampering.OfFrames(MessageTypes.ExecuteInput, ForgeSignature));
        yield return Case("wire.topic", Tampering.OfFrames(MessageTypes.Stream, frames => [Bytes("one more"), .. frames]));
        yield return Case("wire.no-buffers", Tampering.OfFrames(MessageTypes.Stream, frames => [.. frames, Bytes("buffer")]));
        yield return Case("header.date", OnStreams(header => header["date"] = "yesterday"));
        yield return Case("header.date-value", Tampering.OfHeader(
            Tampering.Type(MessageTypes.KernelInfoReply), header => header["date"] = "9999-01-01T00:00:00.000000Z"));
        yield return Case("header.version", OnStreams(header => header["version"] = "4.1"));
        yield return Case("header.required", OnStreams(header => header["username"] = null));
        yield return Case("header.session-stable", OnStreams(header => header["session"] = "another"));
        yield return Case("header.msg-id-unique", OnStreams(header => header["msg_id"] = "the-same"));
        yield return Case("header.session-own", EchoSession, alsoFails: "header.session-stable");
        yield return Case("parent.output",
            Tampering.OfParent(MessageTypes.Stream, parent => parent["username"] = "somebody else"));
        yield return Case("parent.status", Tampering.OfParent(MessageTypes.Status, parent => parent.Remove("date")));
        yield return Case("info.implementation-version", Tampering.OfContent(
            MessageTypes.KernelInfoReply, content => content["implementation_version"] = new JArray("1", "0")));
        yield return Case("info.file-extension", Tampering.OfContent(
            MessageTypes.KernelInfoReply, content => content["language_info"]!["file_extension"] = "echo"));
        yield return Case("execute.result-text", Tampering.OfContent(
            MessageTypes.ExecuteResult, content => content["data"] = new JObject { ["text/html"] = "<b>42</b>" }));
        yield return Case("complete.form",
            Tampering.OfContent(MessageTypes.CompleteReply, content => content.Remove("metadata")));
        yield return Case("complete.code-points", kernel => kernel.On(MessageTypes.CompleteRequest, CountUtf16Async));
        yield return Case("history.entries", Tampering.OfContent(MessageTypes.HistoryReply, NumbersAsText));
        yield return Case("comm.info",
            Tampering.OfContent(MessageTypes.CommInfoReply, content => content["comms"] = new JArray()),
            alsoFails: "comm.info-target");
        yield return Case("comm.unknown-target", kernel => kernel.On(MessageTypes.CommOpen, IgnoreAsync));
        yield return Case("unknown.shell", kernel => kernel.On("conformance_unknown_request", ReplyToUnknownAsync),
            alsoFails: "unknown.control");
        yield return Case("stdin.no-password",
            Tampering.OfContent(MessageTypes.InputRequest, content => content["password"] = true));
        yield return Case("stdin.prompt", Tampering.OfContent(MessageTypes.InputRequest, content => content.Remove("prompt")));
        yield return Case("display.update", Tampering.OfContent(
            MessageTypes.UpdateDisplayData, content => content["transient"] = new JObject { ["display_id"] = "another" }));
        yield return Case("display.clear", Tampering.OfContent(MessageTypes.ClearOutput, content => content.Remove("wait")));
        yield return Case("welcome.form",
            Tampering.OfContent(MessageTypes.IOPubWelcome, content => content["subscription"] = "another"));
        yield return Case("interrupt.reply",
            Tampering.OfContent(MessageTypes.InterruptReply, content => content.Remove("status")));
        yield return Case("shutdown.restart-flag",
            Tampering.OfContent(MessageTypes.ShutdownReply, content => content["restart"] = false));
        yield return Case("status.once", kernel => kernel.On(MessageTypes.CommInfoRequest, IdleTwiceAsync));
        yield return Case("inspect.not-found", kernel =>
            kernel.On(MessageTypes.InspectRequest, request => DieAtNonsenseAsync(kernel, request)));
    }

    [TestCaseSource(nameof(Misbehaviours))]
    [CancelAfter(240_000)]
    public async Task Exactly_the_check_about_it_fails(
        string[] expected, Action<ScriptedKernel> misbehave, CancellationToken cancellationToken)
    {
        var report = await ScriptedKernels.ExamineAsync(misbehave, Areas, cancellationToken);

        report.Results.Where(result => result.Outcome == CheckOutcome.Fail).Select(result =>
            result.Check.Id).Should().BeEquivalentTo(expected);
        report.IsPassed.Should().BeFalse();
    }

    private static TestCaseData Case(
        string id, Action<ScriptedKernel> misbehave, string? alsoFails = null)
    {
        string[] expected = alsoFails is null ? [id] : [id, alsoFails];
        return new TestCaseData(expected, misbehave).SetArgDisplayNames(id);
    }

    private static Action<ScriptedKernel> OnStreams(Action<JObject> change) =>
        Tampering.OfHeader(Tampering.Type(MessageTypes.Stream), change);

    // Replies only: a status that another client has caused is seen by this one too, if it arrives late enough.
    private static void EchoSession(ScriptedKernel kernel) =>
        kernel.Tamper = Tampering.Rewrite(kernel, message => message.MessageType == MessageTypes.ExecuteReply, (header, parent) =>
        {
            if (parent["session"] is { } session) header["session"] = session;
        });

    private static IReadOnlyList<ReadOnlyMemory<byte>> ForgeSignature(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        ReadOnlyMemory<byte>[] forged = [.. frames];
        // Topic, delimiter, signature.
        forged[2] = Bytes(new string('0', forged[2].Length));
        return forged;
    }

    private static void NumbersAsText(JObject content)
    {
        foreach (var entry in (JArray)content["history"]!)
        {
            entry[0] = entry[0]!.ToString();
            entry[1] = entry[1]!.ToString();
        }
    }

    private static async Task CountUtf16Async(KernelRequest request)
    {
        var code = request.ReadContent<CompleteRequest>().Code;
        var start = code.LastIndexOfAny([' ', '\n']) + 1;
        await request.BusyAsync();
        await request.ReplyAsync(new CompleteReply
        {
            Matches = code.EndsWith("pri", StringComparison.Ordinal) ? ["print"] : [], CursorStart = start,
            CursorEnd = code.Length,
        });
        await request.IdleAsync();
    }

    private static async Task IgnoreAsync(KernelRequest request)
    {
        await request.BusyAsync();
        await request.IdleAsync();
    }

    private static async Task ReplyToUnknownAsync(KernelRequest request)
    {
        await request.BusyAsync();
        await request.ReplyRawAsync("conformance_unknown_reply", Bytes("{\"status\":\"ok\"}"));
        await request.IdleAsync();
    }

    private static async Task IdleTwiceAsync(KernelRequest request)
    {
        await request.BusyAsync();
        await request.ReplyAsync(new CommInfoReply());
        await request.IdleAsync();
        await request.IdleAsync();
    }

    private static async Task DieAtNonsenseAsync(ScriptedKernel kernel, KernelRequest request)
    {
        var code = request.ReadContent<InspectRequest>().Code;
        if (code is not ("print" or "a"))
        {
            _ = kernel.StopAsync();
            return;
        }

        await request.BusyAsync();
        await request.ReplyAsync(code == "print"
            ? new InspectReply { IsFound = true, Data = new MimeBundle(new JObject { ["text/plain"] = "a command" }) }
                : new InspectReply());
        await request.IdleAsync();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
