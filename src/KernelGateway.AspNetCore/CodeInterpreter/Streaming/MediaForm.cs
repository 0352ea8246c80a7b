namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>What sort of JSON value the clients expect for a media type.</summary>
internal enum MediaForm
{
    /// <summary>A string; a kernel's list of strings is joined.</summary>
    Text,

    /// <summary>A string, without the quotes of a string value's representation.</summary>
    PlainText,

    /// <summary>Any JSON value, as it is.</summary>
    Json,

    /// <summary>The JSON of a value as a string: what code has displayed under a type whose values are strings.</summary>
    Other,
}
