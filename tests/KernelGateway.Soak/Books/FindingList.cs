namespace KernelGateway.Soak.Books;

/// <summary>Collects the findings of a run. The first ones of each kind are printed at once, and all are counted.</summary>
internal sealed class FindingList(TextWriter output)
{
    private const int MaxShownOfAKind = 15;

    private const int MaxStackLines = 8;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _shown = [];

    /// <summary>Gets the number of findings of each kind.</summary>
    public IReadOnlyDictionary<string, int> Counts
    {
        get
        {
            lock (_gate) return new Dictionary<string, int>(_counts);
        }
    }

    /// <summary>Gets the first findings of each kind, as they were printed.</summary>
    public IReadOnlyList<string> Shown
    {
        get
        {
            lock (_gate) return [.. _shown];
        }
    }

    public bool Any => Counts.Count > 0;

    /// <summary>Adds an exception with the innermost frames of its stack.</summary>
    public void AddException(string where, Exception exception) => Add(
        "unexpected", $"{where}: {string.Join(Environment.NewLine, exception.ToString().Split('\n').Take(MaxStackLines).Select(line => line.TrimEnd()))}");

    public void Add(string kind, string text)
    {
        lock (_gate)
        {
            var count = _counts.GetValueOrDefault(kind) + 1;
            _counts[kind] = count;
            if (count > MaxShownOfAKind) return;
            _shown.Add($"{kind}: {text}");
            output.WriteLine($"BROKEN {DateTime.UtcNow:HH:mm:ss} {kind}: {text}");
        }
    }
}
