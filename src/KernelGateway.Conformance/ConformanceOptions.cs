using KernelGateway.Conformance.Languages;

namespace KernelGateway.Conformance;

/// <summary>How a kernel is examined.</summary>
public sealed class ConformanceOptions
{
    /// <summary>Gets or sets how long one request may take.</summary>
    /// <value>10 seconds by default. A kernel has six times as long for its start and for a message of 16 MiB.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long the second half of an answer, reply or idle status, is waited for.</summary>
    /// <value>2 seconds by default.</value>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets the areas and ids of the checks that are run.</summary>
    /// <value>Empty by default: all of them.</value>
    public ISet<string> Only { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Gets or sets whether checks that end a kernel, or may end it, are run on a kernel that was running before.
    /// </summary>
    /// <value>False by default. When true, the kernel may be gone afterwards, with everything its users had in it.</value>
    public bool AllowsDestructiveChecks { get; set; }

    /// <summary>Gets the code that is sent to kernels, by the name their language has in <c>language_info</c>.</summary>
    /// <value>Those of <see cref="LanguageSnippets.Known"/>; add the one of a language of your own.</value>
    public IDictionary<string, LanguageSnippets> Languages { get; } =
        new Dictionary<string, LanguageSnippets>(LanguageSnippets.Known, StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the callback that ends long running code, for kernels without a clock.</summary>
    /// <remarks>Gets the id of the last request that was sent to wait behind it.</remarks>
    internal Func<string, CancellationToken, Task>? EndLongRunning { get; set; }
}
