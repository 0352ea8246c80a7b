using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description;

/// <summary>One fault of a request body.</summary>
[Description("One fault of a request body.")]
internal sealed record ValidationFault(
    [property: Description("The kind of fault: `missing`, `string_type`, `json_invalid`, and so on.")] string Type,
    [property: Description("Where it is: `body`, then the name of the field.")] IReadOnlyList<string> Loc,
    [property: Description("A sentence for people.")] string Msg,
    [property: Description("The value that was sent, unless it is text; text is not given back.")] object? Input);
