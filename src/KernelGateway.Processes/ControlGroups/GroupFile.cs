using System.Globalization;

namespace KernelGateway.Processes.ControlGroups;

/// <summary>Reads and writes the files of a control group.</summary>
internal static class GroupFile
{
    /// <summary>Reads a text without the line break at its end; null when the file does not exist or is hidden.</summary>
    internal static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            // The controller is not on, or the group was removed.
            return null;
        }
    }

    /// <summary>Reads words that have blanks between them; none when there is no such file.</summary>
    internal static string[] ReadWords(string path) =>
        ReadText(path)?.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Reads a number; null when there is none, as in "max".</summary>
    internal static long? ReadNumber(string path) => ParseNumber(ReadText(path));

    /// <summary>Reads the number behind a name, of a file with a name and a number in each line.</summary>
    internal static long? ReadField(string path, string name) => ReadText(path)?.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => ParseNumber(line[(name.Length + 1)..]))
        .FirstOrDefault();

    internal static long? ParseNumber(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Writes a text; false when that is not permitted or the group has no such file.</summary>
    internal static bool TryWrite(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
            return true;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return false;
        }
    }

    internal static bool IsRefusal(Exception exception) => exception is IOException or UnauthorizedAccessException;
}
