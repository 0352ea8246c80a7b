using System.Globalization;
using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Books;

/// <summary>The numbered lines of one execution that one reader has received.</summary>
/// <remarks>The text may be split anywhere. Not thread-safe: one reader adds the text.</remarks>
/// <param name="token">The text with which each line begins.</param>
/// <param name="acceptsForeignLines">Whether lines of other executions are allowed: Deno publishes late, with the next request as the parent.</param>
internal sealed class LineReceipt(string token, bool acceptsForeignLines = false)
{
    private const int MaxProblems = 5;

    private readonly List<string> _problems = [];
    private string _rest = "";
    private bool _gapReported;

    /// <summary>Gets the number of lines that were received once and in order.</summary>
    public long Received { get; private set; }

    /// <summary>Gets the number of the last received line.</summary>
    public long Last { get; private set; }

    /// <summary>Gets the number of lines that are missing where the gateway reported dropped output.</summary>
    public long Dropped { get; private set; }

    /// <summary>Gets the number of messages that the gateway reported as dropped.</summary>
    public long ReportedDroppedMessages { get; private set; }

    /// <summary>Gets the number of received lines that no cell of the soak printed, such as warnings of a kernel.</summary>
    public long OtherLines { get; private set; }

    /// <summary>Gets the first problems.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Adds received text.</summary>
    public void Add(string text)
    {
        var start = 0;
        for (var end = text.IndexOf('\n', StringComparison.Ordinal); end >= 0; end = text.IndexOf('\n', start))
        {
            AddLine(string.Concat(_rest, text.AsSpan(start, end - start)).TrimEnd('\r'));
            _rest = "";
            start = end + 1;
        }

        _rest += text[start..];
    }

    /// <summary>Records that the gateway reported dropped output at this place.</summary>
    public void AddGap(long messages)
    {
        _gapReported = true;
        ReportedDroppedMessages += messages;

        // The dropped output may contain the rest of the incomplete line.
        _rest = "";
    }

    /// <summary>Checks the text after the last line break.</summary>
    public void Close()
    {
        if (_rest.Length == 0 || !_rest.StartsWith(Cell.TokenPrefix, StringComparison.Ordinal)) return;
        var next = $"{token} {Last + 1}";
        if (!next.StartsWith(_rest, StringComparison.Ordinal)) Note($"the text ends with '{_rest}', which does not begin line {Last + 1}");
    }

    private void AddLine(string line)
    {
        if (!line.StartsWith(Cell.TokenPrefix, StringComparison.Ordinal))
        {
            // After a gap the beginning of the first line may be missing.
            OtherLines++;
            return;
        }

        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        if (blank < 0 || !line.AsSpan(0, blank).SequenceEqual(token))
        {
            if (!acceptsForeignLines) Note($"a line of another execution came: '{line}'");
            return;
        }

        if (!long.TryParse(line.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            Note($"a line is broken: '{line}'");
            return;
        }

        AddNumber(number);
    }

    private void AddNumber(long number)
    {
        if (number <= Last)
        {
            Note($"line {number} came again behind line {Last}");
            return;
        }

        var missing = number - Last - 1;
        if (missing > 0 && _gapReported) Dropped += missing;
        else if (missing > 0) Note($"{missing} lines are missing between {Last} and {number}");
        _gapReported = false;
        Last = number;
        Received++;
    }

    private void Note(string problem)
    {
        if (_problems.Count < MaxProblems) _problems.Add(problem);
    }
}
