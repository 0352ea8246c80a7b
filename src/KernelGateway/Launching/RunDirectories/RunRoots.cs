using System.Security.Cryptography;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The places where run directories can be, in order of preference.</summary>
/// <remarks>
/// The directory for temporary files is open to all users of a machine, so another user may have created a directory of the same
/// name before. Such a place is skipped and the next one is used.
/// </remarks>
internal sealed class RunRoots
{
    private const string Name = "kernel-gateway";

    private readonly string? _configured;
    private readonly string? _runtime;
    private readonly string _temporary;
    private readonly string? _home;
    private readonly bool _isPassable;
    private readonly string _user = OperatingSystem.IsWindows() ? Environment.UserName : $"{UnixFile.EffectiveUserId}";

    /// <param name="configured">The configured place; null for the default ones.</param>
    /// <param name="getVariable">Reads a variable of the gateway's environment.</param>
    /// <param name="temporary">The directory for temporary files.</param>
    /// <param name="isPassable">Whether the user that kernels run as must be able to pass through the place.</param>
    internal RunRoots(string? configured, Func<string, string?> getVariable, string temporary, bool isPassable = false)
    {
        _isPassable = isPassable;
        _configured = configured is null ? null : Path.GetFullPath(configured);
        _runtime = getVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime) ? Path.GetFullPath(runtime) : null;
        _home = getVariable("HOME") is { Length: > 0 } home && Directory.Exists(home) ? Path.GetFullPath(home) : null;
        _temporary = Path.TrimEndingDirectorySeparator(Path.GetFullPath(temporary));
    }

    internal static RunRoots For(string? configured, bool isPassable = false) =>
        new(configured, Environment.GetEnvironmentVariable, Path.GetTempPath(), isPassable);

    internal bool IsPassable => _isPassable;

    /// <summary>The first place, which is used unless it is not safe.</summary>
    internal string First => _configured ?? (_runtime is null ? SharedPlace : Path.Combine(_runtime, Name));

    private string SharedPlace => Path.Combine(_temporary, $"{Name}-{_user}");

    /// <summary>Prepares the first place that can be restricted to the gateway's user.</summary>
    /// <param name="passedOver">Is called with each place that cannot be used, and the reason.</param>
    /// <exception cref="IOException">There is no such place; the message names all that were tried.</exception>
    internal string Prepare(Action<string, string> passedOver)
    {
        var problems = new List<string>();
        foreach (var path in Candidates())
        {
            if (PrivateDirectory.Prepare(path, _isPassable) is not { } problem) return path;
            problems.Add($"'{path}': {problem}");
            passedOver(path, problem);
        }

        throw new IOException($"There is no directory for connection files that is safe from other users. {string.Join("; ", problems)}.");
    }

    /// <summary>Finds the places of this user in which a previous gateway may have left kernels.</summary>
    internal IReadOnlyList<string> FindExisting()
    {
        IEnumerable<string> usual = _configured is not null ? [_configured] : UsualCandidates();
        var places = usual.Concat(FallbackCandidates()).Distinct();
        return [.. places.Where(path => PrivateDirectory.FindProblem(path, mustBeClosed: false) is null)];
    }

    private IEnumerable<string> Candidates()
    {
        // The directories of the gateway's own user are closed to others.
        IEnumerable<string> usual = _configured is not null ? [_configured] : _isPassable ? [SharedPlace] : UsualCandidates();
        return usual
            .Concat(FallbackCandidates().Where(path => PrivateDirectory.FindProblem(path) is null))
            .Append($"{SharedPlace}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
    }

    private IEnumerable<string> UsualCandidates()
    {
        if (_runtime is not null) yield return Path.Combine(_runtime, Name);
        yield return SharedPlace;
        if (_home is not null) yield return Path.Combine(_home, ".cache", Name);
    }

    // Created if other users own all default places.
    private string[] FallbackCandidates()
    {
        try
        {
            return Directory.GetDirectories(_temporary, $"{Name}-{_user}-*");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
