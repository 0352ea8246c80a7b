using System.Security.Cryptography;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The places where run directories can be, in order of preference.</summary>
/// <remarks>
/// The directory for temporary files is open to all users of a machine, so another user may have made a directory of our name before us.
/// Such a place is passed over, never taken: kernels are then kept in the next place.
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

    /// <param name="configured">The place that somebody has asked for; null for the usual ones.</param>
    /// <param name="getVariable">Reads a variable of our environment.</param>
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

    /// <summary>The place that is used unless something is wrong with it.</summary>
    internal string First => _configured ?? (_runtime is null ? SharedPlace : Path.Combine(_runtime, Name));

    private string SharedPlace => Path.Combine(_temporary, $"{Name}-{_user}");

    /// <summary>Prepares the first place that can be restricted to the user of the gateway.</summary>
    /// <param name="passedOver">Receives each place that cannot be used, and why.</param>
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

    /// <summary>Finds the places where a previous gateway may have left kernels, as far as they are ours.</summary>
    internal IReadOnlyList<string> FindExisting()
    {
        var places = _configured is not null ? [_configured] : UsualCandidates().Concat(FallbackCandidates());
        return [.. places.Distinct().Where(path => PrivateDirectory.FindProblem(path, mustBeClosed: false) is null)];
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

    // Made when all usual places were taken.
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
