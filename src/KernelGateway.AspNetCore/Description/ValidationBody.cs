using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description;

/// <summary>The body of a 422 answer.</summary>
[Description("What is wrong with a request body, in the form of FastAPI's answers.")]
internal sealed record ValidationBody([property: Description("One entry for each fault.")] IReadOnlyList<ValidationFault> Detail);

/// <summary>One fault of a request body.</summary>
[Description("One fault of a request body.")]
internal sealed record ValidationFault(
    [property: Description("The kind of fault: `missing`, `string_type`, `json_invalid`, and so on.")] string Type,
    [property: Description("Where it is: `body`, then the name of the field.")] IReadOnlyList<string> Loc,
    [property: Description("A sentence for people.")] string Msg,
    [property: Description("The value that was sent, unless it is text; text is not given back.")] object? Input);
