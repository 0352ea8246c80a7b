using System.Globalization;
using System.Text;
using KernelGateway.Processes.Native;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.Processes;

/// <summary>
/// Keeps kernels, which run untrusted code as the same user, from reading secrets out of the gateway's process.
/// </summary>
/// <remarks>
/// There are three ways on Linux. The system shows the environment and the command line as they were at the start: settings and
/// the token are overwritten in them. Memory and descriptors can be read: the process is made "not dumpable", so only root can
/// read them. The socket of the runtime's diagnostics gives the environment or a dump to every process of the user: the socket is
/// removed. This does not stop root, nor other actions of a process of the same user, such as ending the gateway.
/// </remarks>
internal static unsafe class OwnProcess
{
    private const string SettingPrefix = "KERNELGATEWAY__";
    private const string TokenOption = "--token";

    /// <summary>Does all of it. Called first of all, before a kernel can have been started.</summary>
    internal static void Protect()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            var stat = StatFields();
            KeepManagedEnvironment();
            OverwriteSettings(Block(stat, 50));
            OverwriteToken(Block(stat, 48));
            if (AreDiagnosticsWanted()) return;
            LibC.TryCloseToOthers();
            RemoveDiagnostics(stat[22]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // A system without /proc does not show it to other processes either.
        }
    }

    /// <summary>
    /// Overwrites the values of the gateway's settings in a block of <c>NAME=value</c> strings that end with NUL.
    /// </summary>
    internal static void OverwriteSettings(Span<byte> block)
    {
        foreach (var range in Strings(block))
        {
            var entry = block[range];
            var equals = entry.IndexOf((byte)'=');
            if (equals > 0 && Encoding.UTF8.GetString(entry[..equals]).StartsWith(SettingPrefix, StringComparison.OrdinalIgnoreCase))
                entry[(equals + 1)..].Fill((byte)'*');
        }
    }

    /// <summary>Overwrites the token in a block of arguments that end with NUL.</summary>
    internal static void OverwriteToken(Span<byte> block)
    {
        var isValue = false;
        foreach (var range in Strings(block))
        {
            var argument = block[range];
            var text = Encoding.UTF8.GetString(argument);
            if (isValue) argument.Fill((byte)'*');
            else if (text.StartsWith(TokenOption + "=", StringComparison.Ordinal) || text.StartsWith(TokenOption + ":", StringComparison.Ordinal))
                argument[(TokenOption.Length + 1)..].Fill((byte)'*');
            isValue = !isValue && text == TokenOption;
        }
    }

    private static List<Range> Strings(ReadOnlySpan<byte> block)
    {
        var strings = new List<Range>();
        for (var start = 0; start < block.Length;)
        {
            var length = block[start..].IndexOf((byte)0);
            if (length < 0) length = block.Length - start;
            strings.Add(start..(start + length));
            start += length + 1;
        }

        return strings;
    }

    // The framework reads the environment out of the very block that is overwritten, unless it has made a copy to change.
    private static void KeepManagedEnvironment()
    {
        const string Unused = "KERNELGATEWAY_UNUSED";
        Environment.SetEnvironmentVariable(Unused, "1");
        Environment.SetEnvironmentVariable(Unused, null);
    }

    // proc(5), /proc/(pid)/stat: 22 is the start, 48 to 51 are where arguments and environment begin and end in memory. Numbered as there.
    private static string[] StatFields()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return ["", "", "", .. stat[(stat.LastIndexOf(')') + 2)..].TrimEnd().Split(' ')];
    }

    private static Span<byte> Block(string[] stat, int firstField)
    {
        var start = nuint.Parse(stat[firstField], CultureInfo.InvariantCulture);
        var end = nuint.Parse(stat[firstField + 1], CultureInfo.InvariantCulture);
        return start == 0 || end <= start || end - start > int.MaxValue ? [] : new Span<byte>((void*)start, (int)(end - start));
    }

    private static bool AreDiagnosticsWanted() =>
        Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") is { Length: > 0 } and not "0"
        || Environment.GetEnvironmentVariable("DOTNET_DiagnosticPorts") is { Length: > 0 };

    // dotnet-diagnostic-(pid)-(start)-socket and clr-debug-pipe-(pid)-(start)-in and -out. The runtime opens them before any managed code runs,
    // and only a variable that is set when the process starts keeps it from doing so.
    private static void RemoveDiagnostics(string start)
    {
        var name = $"{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}-{start}";
        foreach (var file in new[] { $"dotnet-diagnostic-{name}-socket", $"clr-debug-pipe-{name}-in", $"clr-debug-pipe-{name}-out" })
        {
            var path = Path.Combine(Path.GetTempPath(), file);
            if (UnixFile.TryDescribe(path, followLink: false) is { Type: UnixFileType.Socket or UnixFileType.Pipe }) PrivateFiles.TryDelete(path);
        }
    }
}
