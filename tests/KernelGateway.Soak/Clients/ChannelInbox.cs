using System.Globalization;
using System.Text.RegularExpressions;
using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Clients;

/// <summary>Enters what a client of the channels receives into the books, across its connections.</summary>
/// <param name="tellsLastMessage">Whether the client says which message it got last, so that nothing may come twice.</param>
/// <param name="tally">Counts what came again.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed partial class ChannelInbox(bool tellsLastMessage, Tally tally, FindingList findings)
{
    private readonly Dictionary<string, Request> _requests = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public bool IsDone => _requests.Values.All(request => request.IsDone);

    /// <summary>Says what has not ended and what of it is missing.</summary>
    public string Describe() => string.Join("; ", _requests.Values.Where(request => !request.IsDone).Select(request =>
        $"{request.Entry}: reply {request.Entry.End?.Reason ?? "missing"}, idle {(request.IdleSeen ? "came" : "missing")}, last line {request.Entry.Receipt.Last}"));

    public void Expect(string messageId, ExecutionEntry entry) => _requests.Add(messageId, new Request(entry));

    public void Take(ChannelMessage message)
    {
        if (message.Id.Length > 0 && !_seen.Add(message.Id))
        {
            tally.Add(Tally.Redelivered);
            if (tellsLastMessage)
            {
                findings.Add("duplicate", $"message {message.Id} ({message.Type}) came twice to a client that said which came last");
            }

            return;
        }

        if (message.ParentId is not { } parent || !_requests.TryGetValue(parent, out var request)) return;
        switch (message.Type)
        {
            case "stream":
                TakeStream(request.Entry, message);
                break;
            case "execute_reply":
                var status = (string?)message.Content["status"];
                request.Entry.NoteEnd(new EndNote(ReasonOf(status), status == "ok", (string?)message.Content["evalue"]));
                break;
            case "status" when (string?)message.Content["execution_state"] == "idle":
                if (request.IdleSeen) findings.Add("duplicate", $"a second idle status came: {request.Entry}");
                request.IdleSeen = true;
                break;
        }
    }

    /// <summary>Ends what is pending when the gateway says that the kernel is gone for good.</summary>
    public void EndPending(EndNote end)
    {
        foreach (var request in _requests.Values.Where(request => !request.IsDone))
        {
            if (request.Entry.End is null) request.Entry.NoteEnd(end);
            request.IdleSeen = true;
        }
    }

    // IRkernel spells aborted differently.
    private static string ReasonOf(string? status) => status switch
    {
        "ok" => EndNote.Completed,
        "abort" => EndNote.Aborted,
        _ => status ?? "none",
    };

    private static void TakeStream(ExecutionEntry entry, ChannelMessage message)
    {
        var text = (string)message.Content["text"]!;
        if ((string?)message.Content["name"] == "stdout") entry.Receipt.Add(text);
        else if (DroppedPattern().Match(text) is { Success: true } dropped)
        {
            entry.Receipt.AddGap(long.Parse(dropped.Groups[1].Value, CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"^\[kernel-gateway\] (\d+) messages of output")]
    private static partial Regex DroppedPattern();

    private sealed class Request(ExecutionEntry entry)
    {
        public ExecutionEntry Entry { get; } = entry;

        public bool IdleSeen { get; set; }

        // IRkernel answers what it aborts behind an interrupt with a reply, without a busy and an idle status.
        public bool IsDone => Entry.End is { } end && (IdleSeen || end.Reason == EndNote.Aborted);
    }
}
