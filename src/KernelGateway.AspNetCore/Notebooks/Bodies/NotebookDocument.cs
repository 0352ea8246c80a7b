using System.ComponentModel;

namespace KernelGateway.AspNetCore.Notebooks.Bodies;

/// <summary>Describes a notebook as far as its own format's description is needed to find it.</summary>
[Description("A notebook of Jupyter's format 4 (nbformat).")]
internal sealed record NotebookDocument(
    [property: Description("The cells. Outputs that the gateway writes hold text as one string each.")]
    IReadOnlyList<IReadOnlyDictionary<string, object>> Cells,
    [property: Description("The notebook's metadata; `kernelspec` and `language_info` are those of the kernel it was run in.")]
    IReadOnlyDictionary<string, object> Metadata,
    [property: Description("4")] int Nbformat,
    [property: Description("The minor version, from 0; cells have ids from 5 on.")] int NbformatMinor);
