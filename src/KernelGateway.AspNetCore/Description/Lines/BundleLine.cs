using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>What results and their updates have in common: one value in several representations.</summary>
internal abstract record BundleLine : EventLine
{
    [Description("`text/plain`, without the quotes around a string's representation.")]
    public string? Text { get; init; }

    [Description("`text/html`")]
    public string? Html { get; init; }

    [Description("`text/markdown`")]
    public string? Markdown { get; init; }

    [Description("`image/svg+xml`")]
    public string? Svg { get; init; }

    [Description("`image/png`, in base64.")]
    public string? Png { get; init; }

    [Description("`image/jpeg`, in base64.")]
    public string? Jpeg { get; init; }

    [Description("`application/pdf`, in base64.")]
    public string? Pdf { get; init; }

    [Description("`text/latex`")]
    public string? Latex { get; init; }

    [Description("`application/json`: any JSON value.")]
    public object? Json { get; init; }

    [Description("`application/javascript`")]
    public string? Javascript { get; init; }

    [Description("`e2b/data`: the columns of a table.")]
    public IReadOnlyDictionary<string, object>? Data { get; init; }

    [Description("`e2b/chart`: the data behind a plot.")]
    public IReadOnlyDictionary<string, object>? Chart { get; init; }

    [Description("Every other media type of the value, unchanged.")]
    public required IReadOnlyDictionary<string, object> Extra { get; init; }

    [Description("What the kernel says about the representations, by media type; with `detail`, when there is any.")]
    public IReadOnlyDictionary<string, object>? Metadata { get; init; }

    [Description("The id under which later updates replace the value; with `detail`, when there is one.")]
    public string? DisplayId { get; init; }
}
