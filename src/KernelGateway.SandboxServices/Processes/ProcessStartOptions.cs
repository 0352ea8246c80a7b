using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>What is started, and how.</summary>
public sealed record ProcessStartOptions
{
    /// <summary>Gets the program: a path, or a name that is looked up in the <c>PATH</c> of the new process.</summary>
    /// <value>A path that contains "/" and is relative starts at the working directory.</value>
    public required string Command { get; init; }

    /// <summary>Gets the arguments, without the program itself.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// Gets the variables of this process. They win over <see cref="SandboxProcesses.Variables"/>, and those over <c>PATH</c>,
    /// <c>HOME</c>, <c>USER</c> and <c>LOGNAME</c>. The process has no other variables.
    /// </summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the directory in which the process starts.</summary>
    /// <value>
    /// Null or empty for <see cref="SandboxProcessesOptions.WorkingDirectory"/>, else the user's home, else "/". A relative path
    /// and "~" start at the home.
    /// </value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets the user that the process runs as.</summary>
    /// <value>Null, the default, for the user of the service. Another user needs a service that runs as root.</value>
    public SandboxUser? User { get; init; }

    /// <summary>Gets a name by which <see cref="SandboxProcesses.FindByTag"/> finds the process.</summary>
    public string? Tag { get; init; }

    /// <summary>Gets whether the process has an input. Not used with <see cref="Terminal"/>.</summary>
    /// <value>True by default. False gives it <c>/dev/null</c>, so that it reads the end of the input at once.</value>
    public bool HasInput { get; init; } = true;

    /// <summary>Gets the size of the terminal in which the process runs.</summary>
    /// <value>Null, the default, for pipes. In a terminal input, output and errors are one stream.</value>
    public TerminalSize? Terminal { get; init; }

    /// <summary>Gets how long the process may run.</summary>
    /// <value>Its process group is killed with SIGKILL then. Null, the default, for no limit; at most 49 days.</value>
    public TimeSpan? TimeLimit { get; init; }
}

/// <summary>The size of a terminal in characters.</summary>
/// <param name="Columns">The number of columns, 0 to 65,535.</param>
/// <param name="Rows">The number of rows, 0 to 65,535.</param>
public readonly record struct TerminalSize(int Columns, int Rows)
{
    internal void Check(string parameterName)
    {
        if (Columns is < 0 or > ushort.MaxValue || Rows is < 0 or > ushort.MaxValue)
            throw new ArgumentOutOfRangeException(parameterName, this, "The size of a terminal is from 0 to 65,535 columns and rows.");
    }
}
