using System.Globalization;
using KernelGateway.Processes;
using KernelGateway.Processes.Native;
using KernelGateway.Processes.Users;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>A start that has been checked: the program is found, the directory exists, the variables are complete.</summary>
internal sealed class ProcessPlan
{
    internal const string DefaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ProcessPlan(ProcessStartOptions options, ProgramStart start)
    {
        Options = options;
        Start = start;
    }

    internal ProcessStartOptions Options { get; }

    internal ProgramStart Start { get; }

    /// <summary>Gets to whom pipes and terminals belong, so that the process can open them by name (/dev/stdout).</summary>
    internal (uint UserId, uint GroupId)? Owner =>
        Start.Switch is null ? null : (Start.User.UserId, Start.User.GroupId);

    /// <summary>Checks a start.</summary>
    /// <exception cref="SandboxProcessException">It cannot succeed.</exception>
    internal static async Task<ProcessPlan> CreateAsync(
        ProcessStartOptions options,
        SandboxUser serviceUser,
        string? defaultDirectory,
        IReadOnlyDictionary<string, string> sandboxVariables,
        CancellationToken cancellationToken)
    {
        CheckTexts(options);
        var user = options.User ?? serviceUser;
        var variables = BuildVariables(options, user, sandboxVariables);
        CheckVariables(variables);
        var userSwitch = user.UserId == serviceUser.UserId ? null : FindSwitch(user, serviceUser);
        var path = ResolveDirectory(options, user, defaultDirectory);
        (string Directory, string Program) Check() => CheckFiles(options, user, path, variables["PATH"]);

        // What another user may enter and execute is found out with that user's rights.
        var (directory, program) = userSwitch is null
            ? Check()
            : await FileIdentity.Create(user, Native.LibC.ResolvesSafely ? FileRights.User : FileRights.Service)
                .RunAsync(Check, cancellationToken).ConfigureAwait(false);
        return new ProcessPlan(
            options, new ProgramStart(program, [options.Command, .. options.Arguments], variables, directory, user, userSwitch));
    }

    private static void CheckTexts(ProcessStartOptions options)
    {
        options.Terminal?.Check(nameof(options));
        if (options.TimeLimit < TimeSpan.Zero && options.TimeLimit != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(options), options.TimeLimit, "The time limit of a process is negative.");
        if (options.Arguments.Append(options.Command).Any(text => text.Contains('\0')))
            throw Refused("The command or one of its arguments contains a NUL character, which no program can receive.");
    }

    private static Dictionary<string, string> BuildVariables(
        ProcessStartOptions options, SandboxUser user, IReadOnlyDictionary<string, string> sandboxVariables)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : DefaultSearchPath,
            ["HOME"] = user.Home,
            ["USER"] = user.Name,
            ["LOGNAME"] = user.Name,
        };
        foreach (var (name, value) in sandboxVariables.Concat(options.Variables)) variables[name] = value;
        return variables;
    }

    private static void CheckVariables(Dictionary<string, string> variables)
    {
        foreach (var (name, value) in variables)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                throw Refused(
                    $"The variable '{name.Replace("\0", "\\0", StringComparison.Ordinal)}' has a name that no variable can have.");
            }

            if (value is null || value.Contains('\0'))
                throw Refused($"The value of the variable '{name}' is null or contains a NUL character.");
        }
    }

    /// <summary>Finds the way to another user.</summary>
    /// <exception cref="SandboxProcessException">There is none.</exception>
    internal static UserSwitch FindSwitch(SandboxUser user, SandboxUser serviceUser)
    {
        if (serviceUser.UserId != 0)
        {
            throw new SandboxProcessException(
                ProcessErrorReason.NotPermitted,
                $"The service does not run as root, so it cannot start processes as user '{user.Name}', only as '{serviceUser.Name}'.");
        }

        return UserSwitch.Find() ?? throw new SandboxProcessException(
            ProcessErrorReason.NotPermitted,
            $"Processes of user '{user.Name}' need the program 'setpriv', which is not installed; it is in the package util-linux.");
    }

    private static string ResolveDirectory(ProcessStartOptions options, SandboxUser user, string? defaultDirectory)
    {
        try
        {
            var path = PathRules.Resolve(options.WorkingDirectory ?? "", user, defaultDirectory);
            if (path.Contains('\0')) throw NoDirectory(path.Replace("\0", "\\0", StringComparison.Ordinal));
            return path;
        }
        catch (SandboxFileException exception)
        {
            throw new SandboxProcessException(ProcessErrorReason.WorkingDirectoryNotFound, exception.Message);
        }
    }

    private static (string Directory, string Program) CheckFiles(
        ProcessStartOptions options, SandboxUser user, string path, string searchPath)
    {
        if (!System.IO.Directory.Exists(path))
        {
            // A user without a home, as most that services run as.
            if (!string.IsNullOrEmpty(options.WorkingDirectory) || path != user.Home) throw NoDirectory(path);
            path = "/";
        }

        if (!LibC.IsAccessible(path, LibC.ExecuteAccess))
        {
            throw new SandboxProcessException(
                ProcessErrorReason.NotPermitted, $"User '{user.Name}' may not enter the working directory '{path}'.");
        }

        var program = ProgramLocator.Find(options.Command, searchPath, path, out var isExecutable);
        if (program is null)
        {
            throw Refused(options.Command.Contains('/')
                ? $"The program '{options.Command}' does not exist."
                : $"The program '{options.Command}' is in no directory of PATH ({searchPath}).");
        }

        return isExecutable ? (path, program) : throw Refused($"User '{user.Name}' may not execute the program '{program}'.");
    }

    private static SandboxProcessException NoDirectory(string path) =>
        new(ProcessErrorReason.WorkingDirectoryNotFound, string.Create(CultureInfo.InvariantCulture, $"cwd '{path}' does not exist"));

    internal static SandboxProcessException Refused(string message) => new(ProcessErrorReason.StartFailed, message);
}
