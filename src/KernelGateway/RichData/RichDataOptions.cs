namespace KernelGateway.RichData;

/// <summary>The additional representations that Python kernels give values.</summary>
/// <remarks>
/// A DataFrame also comes as <c>e2b/data</c>, a matplotlib figure as <c>e2b/chart</c>, a list or dict as <c>application/json</c>;
/// images of Pillow are shown by <c>show()</c> and <c>save(path)</c>. A small module, sent to the kernel by a
/// silent request when it is ready, adds them; it does not appear in the user's names, modules or history. A Python without
/// IPython ignores it.
/// Jupyter clients on the gateway's WebSockets do not get the additional representations. Other clients of a shared kernel get
/// them, because they read the kernel's own socket.
/// </remarks>
public sealed class RichDataOptions
{
    /// <summary>Gets or sets a value indicating whether Python kernels add representations. Default: true.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether attached kernels are prepared too, including colors and text.</summary>
    /// <value>
    /// Default: true. The kernel's other clients see the same results, because the kernel publishes them to all clients.
    /// </value>
    public bool IncludesAttachedKernels { get; set; } = true;

    /// <summary>Gets or sets the approximate limit of the data of one value, in bytes of JSON.</summary>
    /// <value>
    /// Default: 32 MiB. At least 1. Larger tables, lists and charts have their usual representations only: text, HTML or picture.
    /// </value>
    public int MaxBytes { get; set; } = 32 << 20;

    /// <summary>Gets or sets a value indicating whether long lists, dicts and sets are printed whole. Default: true. IPython stops after 1000 items.</summary>
    public bool PrintsWholeText { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether IPython is asked to leave colors out, so that tracebacks are plain text. Default: true.</summary>
    public bool PrintsWithoutColors { get; set; } = true;

    internal RichDataOptions Copy() => (RichDataOptions)MemberwiseClone();
}
