using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description;

/// <summary>The body of a 422 answer.</summary>
[Description("The errors of a request body, in the form of FastAPI's answers.")]
internal sealed record ValidationBody([property: Description("One entry for each error.")] IReadOnlyList<ValidationFault> Detail);

/// <summary>One fault of a request body.</summary>
[Description("One error of a request body.")]
internal sealed record ValidationFault(
    [property: Description("The kind of error: `missing`, `string_type`, `json_invalid`, and so on.")] string Type,
    [property: Description("The place: `body`, then the name of the field.")] IReadOnlyList<string> Loc,
    [property: Description("An explanation for the user.")] string Msg,
    [property: Description("The value that was sent; text is left out.")] object? Input);
