namespace KernelGateway.Kernelspecs;

/// <summary>The directories that are searched for kernelspecs, and the kernelspecs that may be used.</summary>
public sealed class KernelSpecCatalogOptions
{
    /// <summary>Gets the directories searched before Jupyter's own.</summary>
    /// <value>Empty by default. Each holds one directory per kernelspec, as Jupyter's <c>kernels</c> directories do.</value>
    public IList<string> ExtraDirectories { get; private set; } = [];

    /// <summary>Gets the names of the kernelspecs that may be used, in any case.</summary>
    /// <value>Empty by default, which allows all that are installed.</value>
    public ISet<string> AllowedKernelSpecs { get; private set; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the prefix of the Python environment whose <c>share/jupyter/kernels</c> is searched.</summary>
    /// <value>Null by default: <c>VIRTUAL_ENV</c>, else <c>CONDA_PREFIX</c>, else none.</value>
    public string? EnvironmentPrefix { get; set; }

    /// <summary>Gets or sets the user's home directory.</summary>
    /// <value>Null by default: <c>HOME</c>, else the home directory that the system reports.</value>
    public string? HomeDirectory { get; set; }

    /// <summary>Gets or sets how environment variables are read.</summary>
    /// <value>The process's own environment by default.</value>
    internal Func<string, string?> GetEnvironmentVariable { get; set; } = Environment.GetEnvironmentVariable;

    internal KernelSpecCatalogOptions Copy()
    {
        var copy = (KernelSpecCatalogOptions)MemberwiseClone();
        copy.ExtraDirectories = [.. ExtraDirectories];
        copy.AllowedKernelSpecs = new HashSet<string>(AllowedKernelSpecs, StringComparer.OrdinalIgnoreCase);
        return copy;
    }
}
