using System.Globalization;
using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Books;

/// <summary>What one reader has received of the numbered lines of one execution.</summary>
/// <remarks>Text comes in pieces that end anywhere. Not safe for several threads: one reader feeds it.</remarks>
/// <param name="token">What begins each line.</param>
/// <param name="acceptsForeignLines">Whether lines of other executions may come: Deno publishes late, with the next request as the parent.</param>
internal sealed class LineReceipt(string token, bool acceptsForeignLines = false)
{
    private const int MaxProblems = 5;

    private readonly List<string> _problems = [];
    private string _rest = "";
    private bool _gapReported;

    /// <summary>Gets how many lines came, each once and in order.</summary>
    public long Received { get; private set; }

    /// <summary>Gets the number of the last line that came.</summary>
    public long Last { get; private set; }

    /// <summary>Gets how many lines are missing where the gateway said that it had dropped output.</summary>
    public long Dropped { get; private set; }

    /// <summary>Gets how many messages the gateway said it had dropped.</summary>
    public long ReportedDroppedMessages { get; private set; }

    /// <summary>Gets how many lines came that no cell of the soak printed, such as warnings of a kernel.</summary>
    public long OtherLines { get; private set; }

    /// <summary>Gets what is wrong, the first few of it.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Takes text as it came.</summary>
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

    /// <summary>Learns that the gateway dropped output at this place and said so.</summary>
    public void AddGap(long messages)
    {
        _gapReported = true;
        ReportedDroppedMessages += messages;

        // The rest of a line that was cut may be among what was dropped.
        _rest = "";
    }

    /// <summary>Checks what is known only at the end: the piece behind the last line break.</summary>
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
            // Behind a gap the first line may have lost its beginning.
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
