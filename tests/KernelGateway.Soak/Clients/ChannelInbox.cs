using System.Globalization;
using System.Text.RegularExpressions;
using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Clients;

/// <summary>Records the messages of a WebSocket client across its connections.</summary>
/// <param name="sendsLastMessageId">Whether the client sends its last message id, so that no message may be repeated.</param>
/// <param name="tally">Counts repeated messages.</param>
/// <param name="findings">Receives the findings.</param>
internal sealed partial class ChannelInbox(bool sendsLastMessageId, Tally tally, FindingList findings)
{
    private readonly Dictionary<string, Request> _requests = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public bool IsDone => _requests.Values.All(request => request.IsDone);

    /// <summary>Describes the requests that have not ended, and what is missing.</summary>
    public string Describe() => string.Join("; ", _requests.Values.Where(request => !request.IsDone).Select(request =>
        $"{request.Entry}: reply {request.Entry.End?.Reason ?? "missing"}, idle {(request.IdleSeen ? "came" : "missing")}, last line {request.Entry.Receipt.Last}"));

    public void Expect(string messageId, ExecutionEntry entry) => _requests.Add(messageId, new Request(entry));

    public void Take(ChannelMessage message)
    {
        if (message.Id.Length > 0 && !_seen.Add(message.Id))
        {
            tally.Add(Tally.Redelivered);
            if (sendsLastMessageId)
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

    /// <summary>Ends pending requests after the gateway has reported that the kernel has ended.</summary>
    public void EndPending(EndNote end)
    {
        foreach (var request in _requests.Values.Where(request => !request.IsDone))
        {
            // The reply of code came, and its output was lost with the kernel.
            if (request.Entry.End is null) request.Entry.NoteEnd(end);
            else request.Entry.NoteIncomplete();
            request.IdleSeen = true;
        }
    }

    // IRkernel uses another word for aborted.
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
        else if (text.StartsWith("[kernel-gateway] Output of this code may be missing.", StringComparison.Ordinal))
        {
            entry.NoteIncomplete();
        }
    }

    [GeneratedRegex(@"^\[kernel-gateway\] (\d+) messages of output")]
    private static partial Regex DroppedPattern();

    private sealed class Request(ExecutionEntry entry)
    {
        public ExecutionEntry Entry { get; } = entry;

        public bool IdleSeen { get; set; }

        // IRkernel aborts requests after an interrupt with a reply only, without busy and idle statuses.
        public bool IsDone => Entry.End is { } end && (IdleSeen || end.Reason == EndNote.Aborted);
    }
}
