using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Which sandboxes a list shows, and in which order.</summary>
internal sealed record SandboxQuery
{
    /// <summary>The largest page, which is also the default.</summary>
    public const int MaxLimit = 100;

    /// <summary>Gets whether running sandboxes are shown.</summary>
    public bool WithRunning { get; init; } = true;

    /// <summary>Gets whether paused sandboxes are shown.</summary>
    public bool WithPaused { get; init; } = true;

    /// <summary>Gets the pairs that a sandbox must have in its metadata.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>Gets the id of the template; null for all.</summary>
    public string? TemplateId { get; init; }

    /// <summary>Gets the earliest start; null for all.</summary>
    public DateTimeOffset? StartedAfter { get; init; }

    /// <summary>Gets whether the oldest come first.</summary>
    public bool IsAscending { get; init; }

    public int Limit { get; init; } = MaxLimit;

    /// <summary>Gets the place after which the page begins; null for the first page.</summary>
    public SandboxCursor? After { get; init; }

    /// <summary>Returns the page of a list.</summary>
    public SandboxPage Apply(IEnumerable<Sandbox> sandboxes)
    {
        // Each is looked at once, so that a page is in itself consistent.
        var matching = sandboxes
            .Select(sandbox => new ListedSandbox(sandbox, sandbox.Record, IsRunning: sandbox.State is SandboxState.Running or SandboxState.Pausing))
            .Where(Matches)
            .ToList();
        matching.Sort(Compare);
        var rest = After is { } cursor ? matching.SkipWhile(item => Compare(item, cursor) <= 0).ToList() : matching;
        var items = rest.Take(Limit).ToList();
        var next = rest.Count > items.Count ? new SandboxCursor(items[^1].Record.StartedAt, items[^1].Record.Id, IsAscending) : null;
        return new SandboxPage(items, next, matching.Count(item => item.IsRunning));
    }

    private bool Matches(ListedSandbox item) =>
        (item.IsRunning ? WithRunning : WithPaused)
        && (TemplateId is null || item.Record.BaseTemplateId == TemplateId || item.Record.TemplateId == TemplateId)
        && (StartedAfter is not { } start || Microseconds(item.Record.StartedAt) >= Microseconds(start))
        && Metadata.All(pair => item.Record.Metadata is { } metadata && metadata.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private int Compare(ListedSandbox one, ListedSandbox other) => Compare(one, new SandboxCursor(other.Record.StartedAt, other.Record.Id, IsAscending));

    // Newest first, then by id; the ascending order is its reverse.
    private int Compare(ListedSandbox item, SandboxCursor cursor)
    {
        var order = cursor.StartedAt.CompareTo(item.Record.StartedAt);
        if (order == 0) order = string.CompareOrdinal(item.Record.Id, cursor.Id);
        return IsAscending ? -order : order;
    }

    private static long Microseconds(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>A sandbox of a list, with what it was when the list was made.</summary>
/// <param name="Sandbox">The sandbox.</param>
/// <param name="Record">Its record.</param>
/// <param name="IsRunning">Whether it ran.</param>
internal sealed record ListedSandbox(Sandbox Sandbox, Storage.SandboxRecord Record, bool IsRunning);

/// <summary>A page of a list.</summary>
/// <param name="Items">The sandboxes.</param>
/// <param name="Next">The place at which the next page begins; null when there is none.</param>
/// <param name="TotalRunning">The number of running sandboxes of all pages.</param>
internal sealed record SandboxPage(IReadOnlyList<ListedSandbox> Items, SandboxCursor? Next, int TotalRunning);

/// <summary>A place in a list: the last sandbox of a page. It stays valid when that sandbox ends.</summary>
/// <param name="StartedAt">When it was started.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsAscending">The order of the list.</param>
internal sealed record SandboxCursor(DateTimeOffset StartedAt, string Id, bool IsAscending)
{
    private const string Separator = "__";
    private const string Ascending = "asc";
    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    /// <summary>Reads a cursor; null when it is malformed.</summary>
    public static SandboxCursor? TryParse(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(Separator);
        if (parts.Length is < 2 or > 3 || (parts.Length == 3 && parts[2] != Ascending)) return null;
        return DateTimeOffset.TryParseExact(
            parts[0], TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                ? new SandboxCursor(time, parts[1], parts.Length == 3)
                : null;
    }

    /// <summary>Returns the form in which clients send it back.</summary>
    public override string ToString()
    {
        var time = StartedAt.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{time}{Separator}{Id}{(IsAscending ? Separator + Ascending : "")}"));
    }
}
