namespace KernelGateway.Soak.Books;

/// <summary>Finds errors in the log of the server. No action of the soak may cause one.</summary>
internal static class ServerLog
{
    public static void Check(string path, FindingList findings)
    {
        var lines = File.ReadAllLines(path);
        for (var i = 0; i < lines.Length; i++)
        {
            if (!IsError(lines[i])) continue;
            findings.Add("log", $"the server logged an error: {string.Join(" | ", lines.Skip(i).Take(4).Select(line => line.Trim()))}");
        }
    }

    private static bool IsError(string line) =>
        line.StartsWith("Unhandled exception", StringComparison.Ordinal)
        || line.Contains(" fail: ", StringComparison.Ordinal) || line.StartsWith("fail: ", StringComparison.Ordinal)
        || line.Contains(" crit: ", StringComparison.Ordinal) || line.StartsWith("crit: ", StringComparison.Ordinal);
}
