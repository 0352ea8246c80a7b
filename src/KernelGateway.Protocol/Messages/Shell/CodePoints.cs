using System.Text;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>
/// Converts cursor positions between Unicode code points, which the protocol counts, and the UTF-16 units of a C# string.
/// </summary>
/// <remarks>Jupyter messaging 5.2 changelog: <c>cursor_pos</c> counts code points.</remarks>
public static class CodePoints
{
    /// <summary>Counts the code points before an index of a string.</summary>
    /// <param name="text">The code.</param>
    /// <param name="utf16Index">An index into it; beyond the end means the end.</param>
    /// <returns>The position as the protocol counts it.</returns>
    public static int FromUtf16Index(string text, int utf16Index)
    {
        ArgumentNullException.ThrowIfNull(text);
        var count = 0;
        foreach (var _ in text.AsSpan(0, Math.Clamp(utf16Index, 0, text.Length)).EnumerateRunes()) count++;
        return count;
    }

    /// <summary>Finds the index in a string of a position that counts code points.</summary>
    /// <param name="text">The code.</param>
    /// <param name="codePoint">The position; beyond the end means the end.</param>
    /// <returns>The index into the string.</returns>
    public static int ToUtf16Index(string text, int codePoint)
    {
        ArgumentNullException.ThrowIfNull(text);
        var index = 0;
        while (codePoint-- > 0 && index < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(index), out _, out var used);
            index += used;
        }
        return index;
    }
}
