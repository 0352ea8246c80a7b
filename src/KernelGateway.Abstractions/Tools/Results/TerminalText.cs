using System.Text;
using System.Text.RegularExpressions;

namespace KernelGateway.Tools.Results;

/// <summary>Reads text as it would look in a terminal: without colors, and with a progress bar in its last state.</summary>
internal static partial class TerminalText
{
    /// <summary>Removes terminal sequences and control characters, and of each line what a carriage return overwrote.</summary>
    public static string Clean(string text)
    {
        if (!HasControls(text)) return text;
        var plain = Sequence().Replace(text, "").Replace("\r\n", "\n", StringComparison.Ordinal);
        var clean = new StringBuilder(plain.Length);
        var lineStart = 0;
        var isOverwriting = false;
        foreach (var character in plain)
        {
            if (character == '\r')
            {
                // What is written next replaces the line. A line that ends with a carriage return stays as it is.
                isOverwriting = true;
                continue;
            }
            if (character != '\n' && isOverwriting) clean.Length = lineStart;
            isOverwriting = false;
            if (character == '\b' && clean.Length > lineStart) clean.Length--;
            if (character is '\n' or '\t' || !char.IsControl(character)) clean.Append(character);
            if (character == '\n') lineStart = clean.Length;
        }
        return clean.ToString();
    }

    private static bool HasControls(string text)
    {
        foreach (var character in text)
        {
            if (char.IsControl(character) && character is not ('\n' or '\t')) return true;
        }
        return false;
    }

    // ECMA-48: control sequences, operating system commands, and other escape sequences.
    [GeneratedRegex(@"\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[ -/]*[0-Z\\^-~])")]
    private static partial Regex Sequence();
}
