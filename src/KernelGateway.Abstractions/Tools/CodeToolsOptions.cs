using KernelGateway.Contexts;
using KernelGateway.Tools.Results;

namespace KernelGateway.Tools;

/// <summary>How the tools for a model work.</summary>
public sealed class CodeToolsOptions
{
    /// <summary>Gets or sets the language, directory and variables of the contexts in which <c>run_code</c> runs code.</summary>
    /// <value>
    /// Default: the interpreter's defaults. The id is ignored. If a call names another language, it gets a context of that language. With
    /// <see cref="CreateContextOptions.WorkingDirectory"/>, which must be absolute, files and commands relate to the same directory as the code. Without
    /// it, relative paths are those of the home directory, which may be another one than the code's.
    /// </value>
    public CreateContextOptions Context { get; set; } = new();

    /// <summary>Gets or sets how long code may run, if the call does not say it. Default: 1 minute.</summary>
    /// <value>Above zero, at most <see cref="MaxTimeout"/>.</value>
    public TimeSpan CodeTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how long a command may run, if the call does not say it. Default: 1 minute.</summary>
    /// <value>Above zero, at most <see cref="MaxTimeout"/>.</value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the longest time that a call may ask for. Default: 10 minutes.</summary>
    /// <value>At least one second, at most 49 days.</value>
    public TimeSpan MaxTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets the largest file that <c>read_file</c> reads, in bytes. Default: 10 MiB.</summary>
    /// <value>At least 1. The whole file is in memory while a part of it is read.</value>
    public int MaxFileBytes { get; set; } = 10 << 20;

    /// <summary>Gets or sets how results are shaped for models.</summary>
    public ResultShaperOptions Results { get; set; } = new();

    /// <summary>Copies the options and checks them.</summary>
    /// <exception cref="ArgumentException">A value cannot be used.</exception>
    internal CodeToolsOptions CopyChecked()
    {
        ArgumentNullException.ThrowIfNull(Context);
        ArgumentNullException.ThrowIfNull(Results);
        if (Context.WorkingDirectory is { Length: > 0 } directory && !Path.IsPathRooted(directory))
        {
            throw Unusable($"{nameof(Context)}.{nameof(Context.WorkingDirectory)}", "absolute");
        }
        if (MaxTimeout < TimeSpan.FromSeconds(1) || MaxTimeout > TimeSpan.FromDays(49)) throw Unusable(nameof(MaxTimeout), "from one second to 49 days");
        if (!IsUsable(CodeTimeout)) throw Unusable(nameof(CodeTimeout), $"above zero and at most {nameof(MaxTimeout)}");
        if (!IsUsable(CommandTimeout)) throw Unusable(nameof(CommandTimeout), $"above zero and at most {nameof(MaxTimeout)}");
        if (MaxFileBytes < 1) throw Unusable(nameof(MaxFileBytes), "at least 1");
        return (CodeToolsOptions)MemberwiseClone();
    }

    private bool IsUsable(TimeSpan timeout) => timeout > TimeSpan.Zero && timeout <= MaxTimeout;

    private static ArgumentException Unusable(string option, string range) => new($"{option} must be {range}.");
}
