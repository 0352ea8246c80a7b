using KernelGateway.Executions;

namespace KernelGateway.Tools.Results;

/// <summary>Describes an error with the useful end of its traceback.</summary>
internal static class ErrorText
{
    public static string Describe(ExecutionError error, int maxLength)
    {
        var summary = TerminalText.Clean(error.Value.Length == 0 ? error.Name : $"{error.Name}: {error.Value}").Trim();
        var traceback = TerminalText.Clean(string.Join('\n', error.Traceback));

        // IPython draws a line of dashes above a traceback.
        var lines = traceback.Split('\n').Where(line => line.Length < 20 || line.AsSpan().TrimEnd().ContainsAnyExcept('-'));
        var text = string.Join('\n', lines).Trim('\n').TrimEnd();
        if (!text.Contains(summary, StringComparison.Ordinal)) text = text.Length == 0 ? summary : $"{text}\n{summary}";
        return CutText.KeepEnd(text, maxLength, omitted => $"[the first {omitted} characters of the traceback are left out]\n").Text;
    }
}
