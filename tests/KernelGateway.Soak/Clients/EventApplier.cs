using System.Text.Json;
using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Clients;

/// <summary>Records the lines of a code interpreter response.</summary>
internal static class EventApplier
{
    /// <summary>Records one line. Returns the problem with it, or null.</summary>
    public static string? Apply(ExecutionEntry entry, string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var type = root.GetProperty("type").GetString();
        if (type == "keepalive") return null;
        var sequence = root.GetProperty("seq").GetInt64();
        var previous = entry.LastSequence;

        // The error event for clients that ignore the end event has the sequence number of the event before it.
        if (type == "error" && sequence == previous) return null;
        entry.LastSequence = Math.Max(previous, sequence);
        switch (type)
        {
            case "stdout":
                entry.Receipt.Add(root.GetProperty("text").GetString()!);
                break;
            case "end_of_execution":
                var message = root.TryGetProperty("message", out var text) ? text.GetString() : null;
                entry.NoteEnd(new EndNote(root.GetProperty("reason").GetString()!, root.GetProperty("complete").GetBoolean(), message));
                break;
        }

        return sequence == previous + 1 ? null : $"event {sequence} came behind event {previous}";
    }
}
