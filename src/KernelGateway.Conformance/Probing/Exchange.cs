using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Probing;

/// <summary>A request and everything that has it as parent.</summary>
internal sealed class Exchange(KernelProbe probe, KernelChannel channel, JupyterMessage request, DateTimeOffset sentAt)
{
    // A copy made at the end of the exchange; the log may be cleared afterwards.
    private IReadOnlyList<Sighting>? _kept;

    public JupyterMessage Request => request;

    public KernelChannel Channel => channel;

    public DateTimeOffset SentAt => sentAt;

    public IReadOnlyList<Sighting> Sightings => _kept ?? probe.Log.FindAnswersTo(request.MessageId);

    /// <summary>Gets the reply: the first message that is not published and not a question.</summary>
    public Sighting? Reply => Sightings.FirstOrDefault(one => one.Channel is KernelChannel.Shell or KernelChannel.Control);

    public IReadOnlyList<Sighting> Published => [.. Sightings.Where(one => one.Channel == KernelChannel.IOPub)];

    public bool IsBusy => Published.Any(one => one.State == ExecutionStateNames.Busy);

    public bool IsIdle => Published.Any(one => one.State == ExecutionStateNames.Idle);

    /// <summary>Gets the content of the reply; null without a reply, or when it is not an object.</summary>
    public JObject? Content => Reply?.Message is { } reply ? Json.TryRead(reply.RawContent) : null;

    public string? Status => Content?["status"] is { } status && Json.IsText(status) ? (string?)status : null;

    /// <summary>Gets the text of one stream.</summary>
    public string Text(string stream) => string.Concat(
        OfType(MessageTypes.Stream).Where(one => (string?)one.ContentOf("name") == stream).Select(one =>
            (string?)one.ContentOf("text")));

    /// <summary>Gets all published text that a user would see.</summary>
    public string AllText => Text("stdout") + Text("stderr") + string.Concat(Published
        .Where(one => one.Type is MessageTypes.ExecuteResult or MessageTypes.DisplayData)
        .Select(one => (one.ContentOf("data") as JObject)?["text/plain"] is { } text && Json.IsText(text) ? (string?)text
            : null));

    public IReadOnlyList<Sighting> OfType(string type) => [.. Published.Where(one => one.Type == type)];

    public Sighting? First(string type) => Published.FirstOrDefault(one => one.Type == type);

    /// <summary>Copies the messages so far, so that they outlive the log.</summary>
    public void Keep() => _kept = Sightings;

    /// <summary>Describes the received messages in a few words.</summary>
    public string Describe() => Reply is null
        ? $"no reply to {request.MessageType}, statuses: {Statuses()}"
        : $"{Reply.Type} {Json.Show(Reply.Message is null ? null : Json.TryRead(Reply.Message.RawContent))}, statuses: {Statuses()}";

    private string Statuses()
    {
        var states = Published.Where(one => one.Type == MessageTypes.Status).Select(one => one.State ?? "?").ToArray();
        return states.Length == 0 ? "none" : string.Join(" ", states);
    }
}
