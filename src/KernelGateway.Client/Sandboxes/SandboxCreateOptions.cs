namespace KernelGateway.Client;

/// <summary>What a new sandbox is like.</summary>
public sealed class SandboxCreateOptions
{
    /// <summary>The template of sandboxes that run code.</summary>
    public const string DefaultTemplate = "code-interpreter-v1";

    /// <summary>Gets or sets the template or snapshot it is made from. Default: <see cref="DefaultTemplate"/>.</summary>
    public string Template { get; set; } = DefaultTemplate;

    /// <summary>Gets or sets how long it lives. Default: the service's, 5 minutes.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets its metadata, by which it is found in lists. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; set; }

    /// <summary>Gets or sets environment variables of all code and commands in it. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Envs { get; set; }

    /// <summary>Gets or sets whether its services need a token, which this client keeps and sends. Default: true.</summary>
    /// <value>With false, whoever knows its id can run commands in it.</value>
    public bool Secure { get; set; } = true;

    /// <summary>Gets or sets whether it reaches the internet. Default: the service's, usually true.</summary>
    public bool? AllowInternetAccess { get; set; }

    /// <summary>Gets or sets which addresses it reaches, and who reaches it. Default: the service's.</summary>
    public SandboxNetwork? Network { get; set; }

    /// <summary>Gets or sets what happens at the end of its life. Default: it is killed.</summary>
    public SandboxLifecycle? Lifecycle { get; set; }
}

/// <summary>What happens to a sandbox at the end of its life.</summary>
public enum SandboxOnTimeout
{
    /// <summary>It is killed.</summary>
    Kill,

    /// <summary>It is paused: files stay, and processes unless <see cref="SandboxLifecycle.KeepMemory"/> is false.</summary>
    Pause,
}

/// <summary>What happens to a sandbox when its lifetime is over.</summary>
/// <param name="OnTimeout">Whether it is killed or paused.</param>
/// <param name="AutoResume">Whether a request to it resumes it when it is paused.</param>
/// <param name="KeepMemory">Whether its processes are kept when it is paused at the end of its life.</param>
public sealed record SandboxLifecycle(SandboxOnTimeout OnTimeout, bool AutoResume = false, bool KeepMemory = true);
