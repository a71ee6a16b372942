/** The part of subset-font (HarfBuzz in WebAssembly) that is used here; the package brings no types. */
declare module 'subset-font' {
  export default function subsetFont(
    font: Buffer,
    text: string,
    options: {
      targetFormat: 'sfnt'
      keepFeatures: string[]
      noLayoutClosure: boolean
      noHinting: boolean
      dropTables: string[]
    }
  ): Promise<Buffer>
}
