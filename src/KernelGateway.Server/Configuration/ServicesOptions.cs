namespace KernelGateway.Server.Configuration;

/// <summary>Whether the services for files, directory watches and commands are on. Their options are in the same section.</summary>
internal sealed class ServicesOptions
{
    /// <summary>The name of the section.</summary>
    public const string SectionName = "Services";

    /// <summary>Gets or sets a value indicating whether they are served. Default: true. Other systems than Linux have none.</summary>
    public bool IsEnabled { get; set; } = true;
}
