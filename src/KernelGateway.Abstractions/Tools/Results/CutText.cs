using System.Text;

namespace KernelGateway.Tools.Results;

/// <summary>Text of which the middle or the beginning was left out, if it was too long.</summary>
/// <param name="Text">The text, with a remark where something was left out.</param>
/// <param name="OmittedLength">How many characters were left out.</param>
internal readonly record struct CutText(string Text, int OmittedLength)
{
    // A cut moves this far at most to be between two lines.
    private const int MaxShift = 200;

    /// <summary>Keeps the beginning and, twice as long, the end of a text: the end has the outcome.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How long it may be, without the remark.</param>
    /// <param name="describe">Makes the remark, given how many characters are left out.</param>
    public static CutText Cut(string text, int maxLength, Func<int, string> describe)
    {
        if (text.Length <= maxLength) return new CutText(text, 0);
        var headLength = maxLength / 3;
        var head = HeadEnd(text, headLength);
        var tail = TailStart(text, text.Length - (maxLength - headLength));
        var omitted = tail - head;
        return new CutText(string.Concat(text.AsSpan(0, head).TrimEnd('\n'), describe(omitted), text.AsSpan(tail)), omitted);
    }

    /// <summary>Keeps the end of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How long it may be, without the remark.</param>
    /// <param name="describe">Makes the remark, given how many characters are left out.</param>
    public static CutText KeepEnd(string text, int maxLength, Func<int, string> describe)
    {
        if (text.Length <= maxLength) return new CutText(text, 0);
        var tail = TailStart(text, text.Length - maxLength);
        return new CutText(string.Concat(describe(tail), text.AsSpan(tail)), tail);
    }

    /// <summary>Returns the first and the last characters of chunks that are longer than both together, without putting the chunks together.</summary>
    public static string Ends(IReadOnlyList<string> chunks, int eachLength)
    {
        var ends = new StringBuilder(2 * eachLength);
        foreach (var chunk in chunks)
        {
            ends.Append(chunk.AsSpan(0, Math.Min(chunk.Length, eachLength - ends.Length)));
            if (ends.Length == eachLength) break;
        }
        var first = chunks.Count;
        long available = 0;
        while (available < eachLength) available += chunks[--first].Length;
        for (var index = first; index < chunks.Count; index++)
        {
            ends.Append(index == first ? chunks[index].AsSpan((int)(available - eachLength)) : chunks[index]);
        }
        return ends.ToString();
    }

    private static int HeadEnd(string text, int position)
    {
        var line = text.LastIndexOf('\n', position - 1, Math.Min(position, MaxShift));
        if (line > 0) return line + 1;
        return char.IsLowSurrogate(text[position]) ? position - 1 : position;
    }

    private static int TailStart(string text, int position)
    {
        var line = text.IndexOf('\n', position, Math.Min(text.Length - position, MaxShift));
        if (line >= 0 && line + 1 < text.Length) return line + 1;
        return char.IsLowSurrogate(text[position]) ? position + 1 : position;
    }
}
