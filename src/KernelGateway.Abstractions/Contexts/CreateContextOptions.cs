using Newtonsoft.Json.Linq;

namespace KernelGateway.Contexts;

/// <summary>The language, directory and variables of a new context.</summary>
public sealed class CreateContextOptions
{
    /// <summary>Gets or sets the language, one of its aliases, or the name of a kernelspec. Default: the gateway's default language.</summary>
    public string? Language { get; set; }

    /// <summary>Gets or sets the name of the kernelspec, if it is not chosen by the language. Default: none.</summary>
    public string? KernelSpecName { get; set; }

    /// <summary>Gets or sets the working directory of the kernel's process; it must exist. Default: the gateway's option, else its own.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>
    /// Gets or sets environment variables of the kernel's process, also after restarts. They override inherited ones.
    /// </summary>
    public IReadOnlyDictionary<string, string>? EnvironmentVariables { get; set; }

    /// <summary>Gets or sets a value indicating whether a Python kernel is prepared as <c>KernelGatewayOptions.RichData</c> says.</summary>
    /// <value>Default: true. False leaves the kernel as it is, so that its values look as they do in Jupyter.</value>
    internal bool AllowsRichData { get; set; } = true;

    /// <summary>Gets or sets the id, a GUID that no other context has. Default: a fresh one.</summary>
    public string? Id { get; set; }
}
