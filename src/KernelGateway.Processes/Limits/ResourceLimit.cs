using System.Globalization;
using KernelGateway.Processes.Users;

namespace KernelGateway.Processes.Limits;

/// <summary>Starts programs under resource limits (setrlimit), through the program <c>prlimit</c>.</summary>
/// <remarks>
/// They are weaker than those of control groups. The limit of memory is one of address space (RLIMIT_AS), for each process alone:
/// the program gets an error instead of being killed. The limit of processes (RLIMIT_NPROC) counts all processes and threads of
/// the user on the machine, and does not hold for root.
/// </remarks>
internal sealed class ResourceLimit
{
    /// <summary>The line of the memory limit in <c>/proc/(pid)/limits</c>.</summary>
    internal const string MemoryLabel = "Max address space";

    /// <summary>The line of the limit of processes.</summary>
    internal const string ProcessesLabel = "Max processes";

    private readonly string _programPath;
    private readonly IReadOnlyList<string> _limits;

    private ResourceLimit(string programPath, IReadOnlyList<string> limits)
    {
        _programPath = programPath;
        _limits = limits;
    }

    /// <summary>Finds the program; null when it is not installed.</summary>
    /// <param name="memoryBytes">The limit of memory; null for none.</param>
    /// <param name="processes">The limit of processes; null for none.</param>
    internal static ResourceLimit? TryCreate(long? memoryBytes, int? processes)
    {
        var path = ProgramLocator.Find("prlimit", UserSwitch.SystemPath, "/", out var isExecutable);
        if (path is null || !isExecutable) return null;
        var own = ReadOwn();
        var limits = new List<string>();
        if (memoryBytes is { } bytes) limits.Add($"--as={Lower(bytes, own, MemoryLabel)}");
        if (processes is { } count) limits.Add($"--nproc={Lower(count, own, ProcessesLabel)}");
        return new ResourceLimit(path, limits);
    }

    /// <summary>Returns the command that sets the limits and then becomes a program.</summary>
    internal StartCommand Wrap(StartCommand command) => command with
    {
        ProgramPath = _programPath,
        Argv = ["prlimit", .. _limits, "--", command.ProgramPath, .. command.Argv.Skip(1)],
    };

    /// <summary>Reads a hard limit out of the lines of <c>/proc/(pid)/limits</c>; null when there is none.</summary>
    internal static long? ReadHardLimit(IEnumerable<string> limits, string label)
    {
        // Max processes             31403                31403                processes
        var line = limits.FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal));
        var fields = line?[label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.TryParse(fields?.ElementAtOrDefault(1), NumberStyles.None, CultureInfo.InvariantCulture, out var hard) ? hard : null;
    }

    // The hard limit is set too, so that the program cannot raise it; only root may raise one.
    private static string Lower(long limit, string[] own, string label) =>
        Math.Min(limit, ReadHardLimit(own, label) ?? long.MaxValue).ToString(CultureInfo.InvariantCulture);

    private static string[] ReadOwn()
    {
        try
        {
            return File.ReadAllLines("/proc/self/limits");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
