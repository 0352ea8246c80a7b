namespace KernelGateway.Client;

/// <summary>Where a notebook is run. The default is a new context of the notebook's own kernel, which is removed afterwards.</summary>
public sealed class NotebookPlace
{
    /// <summary>Gets or sets the context to run it in, which is kept. Default: null, for a new one.</summary>
    /// <value>An existing context has its kernel, directory and variables, so the other properties are not used together with it.</value>
    public string? ContextId { get; set; }

    /// <summary>Gets or sets the kernelspec. Default: the notebook's own if it is installed, otherwise one of its language.</summary>
    public string? KernelSpecName { get; set; }

    /// <summary>Gets or sets the working directory, which must exist. Default: that of the gateway.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>Gets or sets environment variables of the kernel's process. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? EnvironmentVariables { get; set; }
}
